"""Webhooks that notifications are sent to. Their secrets are taken and never answered."""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.alerting.errors import not_found, refused
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.records.records import Kind, Records

WEBHOOKS = "/accounts/{account_id}/alerting/v3/destinations/webhooks"
WEBHOOK = f"{WEBHOOKS}/{{webhook_id}}"
PAGERDUTY = "/accounts/{account_id}/alerting/v3/destinations/pagerduty"
HISTORY = "/accounts/{account_id}/alerting/v3/history"
NO_TEST = "Cloudflare sends a test message first; here nothing is sent"

_KINDS = {
    "hooks.slack.com": "slack",
    "discord.com": "discord",
    "chat.googleapis.com": "gchat",
    "open.feishu.cn": "feishu",
}

family = Family("Destinations of notifications")


class Webhook(Body):
    """A webhook as it is created or replaced."""

    name: str = Field(min_length=1)
    url: str
    secret: str | None = None


@family("GET", WEBHOOKS)
async def list_webhooks(call: Call) -> Any:
    return page([_shown(each) for each in call.state.records.all(Kind.WEBHOOK)], call.query)


@family("POST", WEBHOOKS, extent="recorded", note=NO_TEST)
async def create_webhook(call: Call) -> Json:
    body = await call.read(Webhook)
    return _put(call, uuid4().hex, body, must_exist=False)


@family("GET", WEBHOOK)
async def get_webhook(call: Call) -> Json:
    return _shown(_find(call.state.records, call.params["webhook_id"]))


@family("PUT", WEBHOOK, extent="recorded", note=NO_TEST)
async def replace_webhook(call: Call) -> Json:
    body = await call.read(Webhook)
    return _put(call, call.params["webhook_id"], body, must_exist=True)


@family("DELETE", WEBHOOK, note="refused while a policy names it")
async def delete_webhook(call: Call) -> Json:
    webhook_id = call.params["webhook_id"]

    def edit(records: Records) -> Json:
        _find(records, webhook_id)
        _must_be_unused(records, webhook_id)
        records.remove(Kind.WEBHOOK, webhook_id)
        return {"id": webhook_id}

    return call.state.note(edit)


@family("GET", PAGERDUTY, note="there is none: connecting one needs PagerDuty's own page")
async def list_pagerduty(call: Call) -> Any:
    return page([], call.query)


@family("GET", HISTORY, note="empty: nothing was sent")
async def list_history(call: Call) -> Any:
    return page([], call.query)


def _find(records: Records, webhook_id: str) -> Json:
    found = records.get(Kind.WEBHOOK, webhook_id)
    if found is None:
        raise not_found(f"webhook {webhook_id}")
    return found


def _put(call: Call, webhook_id: str, body: Webhook, *, must_exist: bool) -> Json:
    now = call.state.now()
    _check_url(body.url)

    def edit(records: Records) -> Json:
        former = _find(records, webhook_id) if must_exist else {"created_at": now}
        kept = {"id": webhook_id, "name": body.name, "url": body.url, "type": _kind(body.url)}
        created = former["created_at"]
        records.put(Kind.WEBHOOK, webhook_id, {**kept, "created_at": created})
        return {"id": webhook_id}

    return call.state.note(edit)


def _check_url(url: str) -> None:
    """Refuse what is no web address; which one it was is not repeated, for it may hold a key."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        whole = None
    if not whole:
        raise refused("url is no http or https address")


def _kind(url: str) -> str:
    return _KINDS.get(urlsplit(url).hostname or "", "generic")


def _shown(record: Json) -> Json:
    return {**record, "last_success": None, "last_failure": None}


def _must_be_unused(records: Records, webhook_id: str) -> None:
    for policy in records.all(Kind.NOTIFICATION):
        told = policy["mechanisms"].get("webhooks", [])
        if any(each["id"] == webhook_id for each in told):
            raise refused(f"the notification policy {policy['name']!r} is sent to it")
