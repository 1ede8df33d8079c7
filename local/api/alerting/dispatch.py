"""Brings one notification to everybody its policy names, and keeps what was sent."""

from dataclasses import dataclass
from uuid import uuid4

from common.json_types import Json
from local.api.alerting import sending
from local.api.alerting.destinations import Destination
from local.api.alerting.payloads import Message, body_of, events_v2
from local.api.state.state import State
from local.records.records import Kind, Records

KEPT = 500
"""How many mails, and how many lines of history, are kept."""

ELSEWHERE = "is not on this machine"
"""Why somebody was not told: nothing outside of this machine is contacted."""


@dataclass(frozen=True)
class Outcome:
    """What became of one message: by *mechanism* to *target*; *problem* is why it was not taken."""

    policy: str
    mechanism: str
    target: str
    problem: str | None = None


async def deliver(state: State, message: Message) -> list[Outcome]:
    """Send *message* by every mechanism of its policy; what was sent is in the history."""
    told = message.policy["mechanisms"]
    mails = [_mail(state, message, each["id"]) for each in told.get("email") or ()]
    hooks = [await _to_webhook(state, message, each["id"]) for each in told.get("webhooks") or ()]
    pagers = [await _to_pager(state, message, each["id"]) for each in told.get("pagerduty") or ()]
    return [*mails, *hooks, *pagers]


def _mail(state: State, message: Message, address: str) -> Outcome:
    """Keep a mail where it can be read; none leaves this machine."""
    sent = {"id": uuid4().hex, "to": address, "subject": message.subject, "text": message.text}
    _keep(state, Kind.MAIL, {**sent, "policy_id": message.policy["id"], "sent": state.now()})
    _remember(state, message, "email", address)
    state.runtime.note(f"mail to {address}: {message.subject}: {message.text}")
    return Outcome(message.policy["name"], "email", address)


async def _to_webhook(state: State, message: Message, webhook_id: str) -> Outcome:
    hook = state.records.get(Kind.WEBHOOK, webhook_id)
    if hook is None:  # deleted since the event
        return Outcome(message.policy["name"], "webhook", webhook_id, "is deleted")
    destination = Destination(hook["url"], hook["type"], hook["secret"])
    if destination.is_here:
        _remember(state, message, "webhook", webhook_id)
    body = body_of(destination.type, message)
    problem = await _send(state, f"webhook {hook['name']!r}", destination, body)
    if problem != ELSEWHERE:
        _note_result(state, webhook_id, problem)
    return Outcome(message.policy["name"], "webhook", hook["name"], problem)


async def _to_pager(state: State, message: Message, pager_id: str) -> Outcome:
    pager = state.records.get(Kind.PAGER, pager_id)
    if pager is None:
        return Outcome(message.policy["name"], "pagerduty", pager_id, "is not connected")
    destination = Destination(pager["url"], "pagerduty", None)
    if destination.is_here:
        _remember(state, message, "pagerduty", pager_id)
    body = events_v2(message, pager["key"])
    problem = await _send(state, f"PagerDuty service {pager['name']!r}", destination, body)
    return Outcome(message.policy["name"], "pagerduty", pager["name"], problem)


async def _send(state: State, what: str, destination: Destination, body: Json) -> str | None:
    """Send *body*; whatever goes wrong is in the log, without address or secret."""
    if not destination.is_here:
        state.runtime.note(f"{what} leads to {destination.host}, which is not contacted from here")
        return ELSEWHERE
    headers = sending.headers_of(destination)
    problem = await sending.deliver(destination.target, body, headers)
    if problem:
        state.runtime.note(f"{what} at {destination.host} did not take it: {problem}", "error")
    return problem


def _note_result(state: State, webhook_id: str, problem: str | None) -> None:
    field = "last_failure" if problem else "last_success"

    def edit(records: Records) -> None:
        hook = records.get(Kind.WEBHOOK, webhook_id)
        if hook is not None:
            records.put(Kind.WEBHOOK, webhook_id, {**hook, field: state.now()})

    state.note(edit)


def _remember(state: State, message: Message, mechanism_type: str, mechanism: str) -> None:
    """Write one line of the history, before the try: it was dispatched, whatever comes of it."""
    policy = message.policy
    line = {
        "id": uuid4().hex,
        "name": policy["name"],
        "description": policy.get("description", ""),
        "alert_body": message.text,
        "alert_type": policy["alert_type"],
        "mechanism": mechanism,
        "mechanism_type": mechanism_type,
        "policy_id": policy["id"],
        "sent": state.now(),
        "correlation": message.correlation,
        "event": message.event,
    }
    _keep(state, Kind.DISPATCH, line)


def _keep(state: State, kind: Kind, record: Json) -> None:
    """Keep *record*, and of its kind the newest only."""

    def edit(records: Records) -> None:
        records.put(kind, record["id"], record)
        for old in records.all(kind)[:-KEPT]:
            records.remove(kind, old["id"])

    state.note(edit)
