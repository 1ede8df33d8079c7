"""Something happened in the account: who is told of it, how often, and by what.

`notify` is for families whose state changes; it returns at once, and nothing waits for a receiver.
"""

import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from common.json_types import Json
from local.api.alerting.dispatch import Outcome, deliver
from local.api.alerting.payloads import END, START, Message
from local.api.alerting.texts import text_of
from local.api.state.state import State
from local.records.records import Kind, Records

About = Mapping[str, object]
"""What happened, by the names of the filters (`new_health`, `pool_id`) and whatever else is known.
A filter that names what is not in here does not fit."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_INTERVAL = re.compile(r"(\d+)([smhd])")
_WELL = frozenset({"healthy", "active", "up", "tunnel_status_type_healthy", "resolved"})
"""States of `new_health`, `new_status` and `status` that end an incident."""

_STATES = ("new_health", "new_status", "status")
_ALSO = {"status": "new_health", "new_health": "status"}
"""Filters of a health check that mean the same: the SDK has both."""

_IDENTITY = re.compile(r".*(_id|_tag|_name|hostname|product)")
"""What tells one incident from another."""


async def notify(state: State, alert_type: str, about: About) -> None:
    """Tell of an event of *alert_type*, whoever has asked to hear of it. Returns at once."""
    for message in messages(state, alert_type, about):
        state.background.begin(deliver(state, message))


async def rehearse(state: State, alert_type: str, about: About) -> list[Outcome]:
    """Tell of an event as `notify` does, and wait for what becomes of it."""
    found = [await deliver(state, each) for each in messages(state, alert_type, about)]
    return [outcome for outcomes in found for outcome in outcomes]


def interval_of(text: str) -> timedelta | None:
    """Read an interval such as `30m` or `1h`; `None` for what is none."""
    found = _INTERVAL.fullmatch(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None


def messages(state: State, alert_type: str, about: About) -> Iterator[Message]:
    """Yield a message for each policy that fits and was not sent the same within its interval."""
    event = END if any(str(about.get(each, "")).lower() in _WELL for each in _STATES) else START
    correlation = _correlation(state.account.id, alert_type, about)
    account = {"account_name": state.account.name, "account_tag": state.account.id}
    for policy in state.records.all(Kind.NOTIFICATION):
        if not _fits(policy, alert_type, about):
            continue
        if event == START and _was_told(state.records, policy, correlation):
            continue
        yield Message(
            policy=policy,
            text=text_of(alert_type, about),
            data={**account, **about},
            moment=int(time.time()),
            account_id=state.account.id,
            correlation=correlation,
            event=event,
        )


def _fits(policy: Json, alert_type: str, about: About) -> bool:
    if not policy["enabled"] or policy["alert_type"] != alert_type:
        return False
    filters = policy.get("filters") or {}
    return all(_chosen(name, chosen, about) for name, chosen in filters.items())


def _chosen(name: str, chosen: list[object], about: About) -> bool:
    """Whether what happened is among what a filter chose; a limit is passed by the usage."""
    if name == "limit":
        usage = about.get("usage")
        return isinstance(usage, int | float) and any(usage > float(str(e)) for e in chosen)
    given = about.get(name, about.get(_ALSO.get(name, "")))
    values = given if isinstance(given, list | tuple) else [given]
    return bool({str(each) for each in chosen} & {str(each) for each in values if each is not None})


def _correlation(account: str, alert_type: str, about: About) -> str:
    identity = sorted((k, str(v)) for k, v in about.items() if _IDENTITY.fullmatch(k))
    return uuid5(NAMESPACE_URL, f"{account}/{alert_type}/{identity}").hex


def _was_told(records: Records, policy: Json, correlation: str) -> bool:
    """Whether *policy* has told of the incident within its interval, and not of its end since."""
    interval = interval_of(policy.get("alert_interval") or "")
    same = [
        each
        for each in records.all(Kind.DISPATCH)
        if (each["policy_id"], each["correlation"]) == (policy["id"], correlation)
    ]
    if interval is None or not same or same[-1]["event"] == END:
        return False
    return datetime.now(UTC) - datetime.fromisoformat(same[-1]["sent"]) < interval
