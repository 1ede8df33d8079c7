"""Webhooks that notifications are sent to. Their secrets are taken and never answered."""

from typing import Any
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.alerting import sending
from local.api.alerting.destinations import Destination, read
from local.api.alerting.errors import not_found, refused, test_failed
from local.api.alerting.payloads import greeting
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.records.records import Kind, Records

WEBHOOKS = "/accounts/{account_id}/alerting/v3/destinations/webhooks"
WEBHOOK = f"{WEBHOOKS}/{{webhook_id}}"
TESTED = "a test message is sent first, and has to be taken; outside of this machine none is sent"
_HIDDEN = frozenset({"secret"})

family = Family("Webhooks of notifications")


class Webhook(Body):
    """A webhook as it is created or replaced."""

    name: str = Field(min_length=1)
    url: str
    secret: str | None = None


@family("GET", WEBHOOKS)
async def list_webhooks(call: Call) -> Any:
    return page([_shown(each) for each in call.state.records.all(Kind.WEBHOOK)], call.query)


@family("POST", WEBHOOKS, note=TESTED)
async def create_webhook(call: Call) -> Json:
    body = await call.read(Webhook)
    return await _put(call, uuid4().hex, body, must_exist=False)


@family("GET", WEBHOOK)
async def get_webhook(call: Call) -> Json:
    return _shown(_find(call.state.records, call.params["webhook_id"]))


@family("PUT", WEBHOOK, note=TESTED)
async def replace_webhook(call: Call) -> Json:
    body = await call.read(Webhook)
    _find(call.state.records, call.params["webhook_id"])
    return await _put(call, call.params["webhook_id"], body, must_exist=True)


@family("DELETE", WEBHOOK, note="refused while a policy names it")
async def delete_webhook(call: Call) -> Json:
    webhook_id = call.params["webhook_id"]

    def edit(records: Records) -> Json:
        _find(records, webhook_id)
        _must_be_unused(records, webhook_id)
        records.remove(Kind.WEBHOOK, webhook_id)
        return {"id": webhook_id}

    return call.state.note(edit)


def _find(records: Records, webhook_id: str) -> Json:
    found = records.get(Kind.WEBHOOK, webhook_id)
    if found is None:
        raise not_found(f"webhook {webhook_id}")
    return found


async def _put(call: Call, webhook_id: str, body: Webhook, *, must_exist: bool) -> Json:
    destination = read(body.url, body.secret)
    await _try_out(call, body.name, destination)
    now = call.state.now()

    def edit(records: Records) -> Json:
        former = _find(records, webhook_id) if must_exist else {"created_at": now}
        kept = {
            "id": webhook_id,
            "name": body.name,
            "url": destination.url,
            "type": destination.type,
            "secret": destination.secret,
            "created_at": former["created_at"],
            "last_success": now if destination.is_here else former.get("last_success"),
            "last_failure": former.get("last_failure"),
        }
        records.put(Kind.WEBHOOK, webhook_id, kept)
        return {"id": webhook_id}

    return call.state.note(edit)


async def _try_out(call: Call, name: str, destination: Destination) -> None:
    """Send the test that a webhook has to take before it is kept; to this machine only."""
    if not destination.is_here:
        told = f"webhook {name!r} leads to {destination.host}, which is not contacted from here"
        call.state.runtime.note(told)
        return
    headers = sending.headers_of(destination)
    problem = await sending.post(destination.target, greeting(destination.type), headers)
    if problem:
        raise test_failed(problem)


def _shown(record: Json) -> Json:
    return {name: value for name, value in record.items() if name not in _HIDDEN}


def _must_be_unused(records: Records, webhook_id: str) -> None:
    for policy in records.all(Kind.NOTIFICATION):
        told = policy["mechanisms"].get("webhooks", [])
        if any(each["id"] == webhook_id for each in told):
            raise refused(f"the notification policy {policy['name']!r} is sent to it")
