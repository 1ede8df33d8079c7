"""What a zone is subscribed to. Nothing is paid; plans decide what can be edited."""

from typing import Literal

from common.json_types import Json
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.state.zone_plans import plan_of
from local.api.workers.addresses import zone_of
from local.api.zones import errors
from local.records.records import Kind, Records

SUBSCRIPTION = "/zones/{zone_id}/subscription"
NOTE = "free, pro, business, enterprise; a zone that was told none may do everything"

family = Family("Plans of zones", errors.BODY)


class RatePlan(Body):
    """The plan, by its id."""

    id: Literal["free", "pro", "business", "enterprise"]


class Subscription(Body):
    """A subscription as it is made or changed."""

    rate_plan: RatePlan


@family("GET", SUBSCRIPTION)
async def get_subscription(call: Call) -> Json:
    zone = zone_of(call)
    return _shown(zone.id, plan_of(call.state.records, zone.id))


@family("POST", SUBSCRIPTION, extent="partial", note=NOTE)
async def create_subscription(call: Call) -> Json:
    return await _put(call)


@family("PUT", SUBSCRIPTION, extent="partial", note=NOTE)
async def change_subscription(call: Call) -> Json:
    return await _put(call)


async def _put(call: Call) -> Json:
    zone, body = zone_of(call), await call.read(Subscription)
    plan = body.rate_plan.id

    def edit(records: Records) -> None:
        records.put(Kind.ZONE_PLAN, zone.id, {"plan": plan})

    call.state.note(edit)
    return _shown(zone.id, plan)


def _shown(zone_id: str, plan: str) -> Json:
    return {
        "id": zone_id,
        "state": "Paid",
        "price": 0,
        "currency": "USD",
        "frequency": "monthly",
        "rate_plan": {"id": plan, "public_name": plan.title(), "scope": "zone", "currency": "USD"},
    }
