"""PagerDuty services of the account: connected on PagerDuty's own page, here by a request."""

from typing import Any
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.alerting.destinations import read
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.records.records import Kind, Records

PAGERS = "/accounts/{account_id}/alerting/v3/destinations/pagerduty"
CONNECTED = "stands for PagerDuty's own page; `url` takes events of the Events API v2"

family = Family("PagerDuty services")


class Pager(Body):
    """A service as it is connected: its name, the key of its integration, who takes its events."""

    name: str = Field(min_length=1)
    key: str = Field(min_length=1)
    url: str


@family("GET", PAGERS)
async def list_pagers(call: Call) -> Any:
    return [{"id": each["id"], "name": each["name"]} for each in call.state.records.all(Kind.PAGER)]


@family("DELETE", PAGERS, note="all of them, as on Cloudflare")
async def delete_pagers(call: Call) -> Json:
    def edit(records: Records) -> Json:
        for each in records.all(Kind.PAGER):
            records.remove(Kind.PAGER, each["id"])
        return {}

    return call.state.note(edit)


@family("POST", "/local/pagerduty", note=CONNECTED)
async def connect_pager(call: Call) -> Json:
    body = await call.read(Pager)
    kept = {"id": uuid4().hex, "name": body.name, "key": body.key}
    kept["url"] = read(body.url, "whole").url
    call.state.note(lambda records: records.put(Kind.PAGER, kept["id"], kept))
    return {"id": kept["id"], "name": body.name}
