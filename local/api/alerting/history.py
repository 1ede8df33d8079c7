"""What was sent, and a way to try it out: history, the mails themselves, events by hand."""

from typing import Any

from pydantic import Field

from common.json_types import Json
from local.api.alerting.errors import refused
from local.api.alerting.events import rehearse
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.records.records import Kind
from planning.notifications import ALERT_TYPES

HISTORY = "/accounts/{account_id}/alerting/v3/history"
_OURS = frozenset({"correlation", "event"})

family = Family("Notifications that were sent")


class Event(Body):
    """Something that is to have happened."""

    alert_type: str
    about: dict[str, Any] = Field(default_factory=dict)


@family("GET", HISTORY, note="the newest 500; the newest first")
async def list_history(call: Call) -> Any:
    lines = [
        {name: value for name, value in each.items() if name not in _OURS}
        for each in reversed(call.state.records.all(Kind.DISPATCH))
    ]
    return page(lines, call.query)


@family("GET", "/local/mails", note="the newest 500; none leaves this machine")
async def list_mails(call: Call) -> Any:
    return page(list(reversed(call.state.records.all(Kind.MAIL))), call.query)


@family("POST", "/local/alerts", note="tells of an event that did not happen, to try who is told")
async def raise_alert(call: Call) -> list[Json]:
    event = await call.read(Event)
    if event.alert_type not in ALERT_TYPES:
        raise refused(f"alert_type {event.alert_type!r} is none that Cloudflare has")
    outcomes = await rehearse(call.state, event.alert_type, event.about)
    return [
        {"policy": o.policy, "mechanism": o.mechanism, "target": o.target, "problem": o.problem}
        for o in outcomes
    ]
