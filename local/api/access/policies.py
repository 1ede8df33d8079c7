"""Reusable policies: who is let in, kept out, or not looked at."""

from typing import Any, Literal
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.access import errors, selectors
from local.api.errors import not_emulated
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.records.records import Kind, Records
from planning.access import seconds_of
from planning.refusals import RefusedError

POLICIES = "/accounts/{account_id}/access/policies"
POLICY = f"{POLICIES}/{{access_policy_id}}"
SESSION = "24h"
KNOWN = "by address, country, mail, domain, group and service token; other selectors are refused"
NOT_HERE = (
    "approval_required",
    "connection_rules",
    "isolation_required",
    "mfa_config",
    "purpose_justification_required",
)
"""Settings that would ask more of people than the login here can."""

family = Family("Access policies", errors.BODY)


class Policy(Body):
    """A policy as it is created or replaced."""

    name: str = Field(min_length=1)
    decision: Literal["allow", "deny", "non_identity", "bypass"]
    include: list[Json]
    exclude: list[Json] = Field(default_factory=list)
    require: list[Json] = Field(default_factory=list)
    session_duration: str = SESSION


@family("GET", POLICIES)
async def list_policies(call: Call) -> Any:
    records = call.state.records
    return page([shown(records, each) for each in records.all(Kind.ACCESS_POLICY)], call.query)


@family("POST", POLICIES, extent="partial", note=KNOWN)
async def create_policy(call: Call) -> Json:
    body = await _read(call)
    policy_id = str(uuid4())
    return await call.state.change(lambda records: _put(call, records, policy_id, body, {}))


@family("GET", POLICY)
async def get_policy(call: Call) -> Json:
    records = call.state.records
    return shown(records, find(records, call.params["access_policy_id"]))


@family("PUT", POLICY, extent="partial", note=KNOWN)
async def replace_policy(call: Call) -> Json:
    body = await _read(call)
    policy_id = call.params["access_policy_id"]

    def edit(records: Records) -> Json:
        return _put(call, records, policy_id, body, find(records, policy_id))

    return await call.state.change(edit)


@family("DELETE", POLICY, note="refused with 409 while an application has it")
async def delete_policy(call: Call) -> Json:
    policy_id = call.params["access_policy_id"]

    def edit(records: Records) -> Json:
        found = find(records, policy_id)
        if users := _users(records, policy_id):
            raise errors.in_use(f"policy {found['name']}", users)
        records.remove(Kind.ACCESS_POLICY, policy_id)
        return {"id": policy_id}

    return await call.state.change(edit)


def find(records: Records, policy_id: str) -> Json:
    """Return a policy; 404 where there is none."""
    found = records.get(Kind.ACCESS_POLICY, policy_id)
    if found is None:
        raise errors.not_found("policy", policy_id)
    return found


def shown(records: Records, policy: Json) -> Json:
    """Add how many applications use it."""
    return {**policy, "app_count": len(_users(records, policy["id"]))}


def _users(records: Records, policy_id: str) -> list[str]:
    return [
        app["name"]
        for app in records.all(Kind.ACCESS_APPLICATION)
        if policy_id in (each["id"] for each in app["policies"])
    ]


async def _read(call: Call) -> Policy:
    given = await said(call)
    refuse_unknown(given, NOT_HERE, "policies")
    body = call.parse(Policy, given)
    check_duration(body.session_duration)
    return body


async def said(call: Call) -> Any:
    """Read the body without its nulls, which stand for what is left out."""
    given = await call.json()
    is_object = isinstance(given, dict)
    return {k: v for k, v in given.items() if v is not None} if is_object else given


def refuse_unknown(given: Any, names: tuple[str, ...], what: str) -> None:
    """Refuse by name the settings of *given* that would be kept and act on nothing."""
    for name in names:
        if isinstance(given, dict) and given.get(name):
            raise not_emulated(f"{name} of Access {what}")


def check_duration(duration: str) -> None:
    """Refuse what is no duration of Access."""
    try:
        seconds_of(duration)
    except RefusedError as error:
        raise errors.invalid(f"session_duration: {error}") from error


def _put(call: Call, records: Records, policy_id: str, body: Policy, former: Json) -> Json:
    now = call.state.now()
    sides = selectors.checked(records, body.model_dump(include=set(selectors.SIDES)))
    kept = {
        "id": policy_id,
        "uid": policy_id,
        "name": body.name,
        "decision": body.decision,
        "session_duration": body.session_duration,
        "reusable": True,
        **sides,
        "created_at": former.get("created_at", now),
        "updated_at": now,
    }
    return shown(records, records.put(Kind.ACCESS_POLICY, policy_id, kept))
