"""Notification policies: kept, and told to nobody."""

from typing import Any
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.alerting.errors import not_found, refused
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.records.records import Kind, Records

POLICIES = "/accounts/{account_id}/alerting/v3/policies"
POLICY = f"{POLICIES}/{{policy_id}}"
NOBODY = "nothing happens here that it would tell of"

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


@family("POST", POLICIES, extent="recorded", note=NOBODY)
async def create_policy(call: Call) -> Json:
    body = await call.read(Policy)
    return await _put(call, uuid4().hex, body, must_exist=False)


@family("GET", POLICY)
async def get_policy(call: Call) -> Json:
    return _find(call.state.records, call.params["policy_id"])


@family("PUT", POLICY, extent="recorded", note=NOBODY)
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
        _check(records, body.mechanisms)
        kept = body.model_dump(exclude_none=True)
        times = {"created": former["created"], "modified": now}
        records.put(Kind.NOTIFICATION, policy_id, {"id": policy_id, **kept, **times})
        return {"id": policy_id}

    return call.state.note(edit)


def _check(records: Records, told: Mechanisms) -> None:
    """Refuse a policy that reaches nobody, and one that names a webhook which is not there."""
    if not any((told.email, told.webhooks, told.pagerduty)):
        raise refused("mechanisms names no email, webhook or pagerduty; name who is told")
    for webhook in told.webhooks or []:
        if records.get(Kind.WEBHOOK, webhook.id) is None:
            raise refused(f"mechanisms.webhooks names {webhook.id}, which this account has not")
    if told.pagerduty:
        raise refused("mechanisms.pagerduty: this account is connected to no PagerDuty service")
