"""Notification policies: which events are told, and to whom."""

from typing import Any
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.alerting.errors import not_found, refused
from local.api.alerting.events import interval_of
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.records.records import Kind, Records
from planning.notifications import ALERT_TYPES

POLICIES = "/accounts/{account_id}/alerting/v3/policies"
POLICY = f"{POLICIES}/{{policy_id}}"
HAPPENS = (
    "mails are kept to be read, webhooks and pagers told on this machine only; of what never "
    "happens here nothing is told (`POST /local/alerts` tries it out)"
)

family = Family("Notifications")


class Target(Body):
    """Who is told: a mail address, or the id of a webhook or a pager."""

    id: str = Field(min_length=1)


class Mechanisms(Body):
    """Who is told, by how."""

    email: list[Target] | None = None
    webhooks: list[Target] | None = None
    pagerduty: list[Target] | None = None


class Policy(Body):
    """A policy as it is created or replaced."""

    name: str = Field(min_length=1)
    alert_type: str = Field(min_length=1)
    enabled: bool = True
    mechanisms: Mechanisms
    filters: dict[str, list[Any]] | None = None
    description: str | None = None
    alert_interval: str | None = None


@family("GET", POLICIES)
async def list_policies(call: Call) -> Any:
    return page(list(call.state.records.all(Kind.NOTIFICATION)), call.query)


@family("POST", POLICIES, extent="partial", note=HAPPENS)
async def create_policy(call: Call) -> Json:
    body = await call.read(Policy)
    return await _put(call, uuid4().hex, body, must_exist=False)


@family("GET", POLICY)
async def get_policy(call: Call) -> Json:
    return _find(call.state.records, call.params["policy_id"])


@family("PUT", POLICY, extent="partial", note=HAPPENS)
async def replace_policy(call: Call) -> Json:
    body = await call.read(Policy)
    return await _put(call, call.params["policy_id"], body, must_exist=True)


@family("DELETE", POLICY)
async def delete_policy(call: Call) -> Json:
    policy_id = call.params["policy_id"]

    def edit(records: Records) -> Json:
        _find(records, policy_id)
        records.remove(Kind.NOTIFICATION, policy_id)
        return {"id": policy_id}

    return call.state.note(edit)


def _find(records: Records, policy_id: str) -> Json:
    found = records.get(Kind.NOTIFICATION, policy_id)
    if found is None:
        raise not_found(f"notification policy {policy_id}")
    return found


async def _put(call: Call, policy_id: str, body: Policy, *, must_exist: bool) -> Json:
    """Keep a policy; answer with its id, as Cloudflare does."""
    now = call.state.now()

    def edit(records: Records) -> Json:
        former = _find(records, policy_id) if must_exist else {"created": now}
        _check(records, body)
        kept = body.model_dump(exclude_none=True)
        times = {"created": former["created"], "modified": now}
        records.put(Kind.NOTIFICATION, policy_id, {"id": policy_id, **kept, **times})
        return {"id": policy_id}

    return call.state.note(edit)


def _check(records: Records, body: Policy) -> None:
    """Refuse a policy that reaches nobody, that names who is not there, and an unknown alert."""
    told = body.mechanisms
    if body.alert_type not in ALERT_TYPES:
        raise refused(f"alert_type {body.alert_type!r} is none that Cloudflare has")
    if body.alert_interval is not None and interval_of(body.alert_interval) is None:
        raise refused(f"alert_interval {body.alert_interval!r} is no interval such as 30m or 1h")
    if not any((told.email, told.webhooks, told.pagerduty)):
        raise refused("mechanisms names no email, webhook or pagerduty; name who is told")
    for webhook in told.webhooks or []:
        if records.get(Kind.WEBHOOK, webhook.id) is None:
            raise refused(f"mechanisms.webhooks names {webhook.id}, which this account has not")
    for pager in told.pagerduty or []:
        if records.get(Kind.PAGER, pager.id) is None:
            raise refused(
                f"mechanisms.pagerduty names {pager.id}: this account is connected to no such "
                f"PagerDuty service"
            )
