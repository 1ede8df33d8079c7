"""What workers printed, threw and came to, in the form of events of Workers Logs."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from common.json_types import Json
from local.records.model import OF_VERSION

DATASET = "cloudflare-workers"
MILLISECONDS = 1000
MICROSECONDS = 1_000_000
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULID_CHARACTERS = 26
ULID_RANDOM_BITS = 80
HASH_BITS = 70
"""Of the 80 bits of a ULID that are chance; the ten before them hold the microseconds."""

EVENT_TYPES = {
    "alarm": "alarm",
    "fetch": "fetch",
    "queue": "queue",
    "rpc": "jsrpc",
    "scheduled": "scheduled",
    "websocket": "websocket",
}
"""What the journal calls an event → what Workers Logs calls it; all else is unknown."""


def event_of(entry: Json, account: str) -> Json:
    """Return the event of *entry*, a line of the journal that a worker left.

    What the journal does not keep is not in it: headers, addresses, CPU and wall time.
    """
    found = entry.get("event") or {}
    script, _, version = entry["worker"].partition(OF_VERSION)
    return {
        "dataset": DATASET,
        "timestamp": round(entry["at"] * MILLISECONDS),
        "source": _source(entry),
        "$workers": {
            "scriptName": script,
            "eventType": EVENT_TYPES.get(found.get("type", ""), "unknown"),
            "outcome": entry["outcome"],
            "requestId": entry["request"],
            "truncated": False,
            **({"scriptVersion": {"id": version}} if version else {}),
            **_request(found),
        },
        "$metadata": {
            "id": event_id(entry["time"]),
            "requestId": entry["request"],
            "service": script,
            "account": account,
            "origin": EVENT_TYPES.get(found.get("type", ""), "unknown"),
            **_about(entry, found),
        },
    }


def event_id(time: float) -> str:
    """Return the ULID of what was noted at *time*, seconds since 1970: later ones sort behind it.

    It is the same whenever it is asked for, so that a page can go on after it.
    """
    milliseconds, micro = divmod(round(time * MICROSECONDS), MILLISECONDS)
    chance = int.from_bytes(hashlib.sha256(repr(time).encode()).digest()) >> (256 - HASH_BITS)
    number = (milliseconds << ULID_RANDOM_BITS) | (micro << HASH_BITS) | chance
    digits = (CROCKFORD[(number >> (5 * place)) & 31] for place in range(ULID_CHARACTERS))
    return "".join(digits)[::-1]


def fields_of(events: Iterable[Json]) -> list[Json]:
    """Return the keys that *events* have, each with the type of its value."""
    found: dict[str, str] = {}
    for event in events:
        for part, before in (
            ("$metadata", "$metadata."),
            ("$workers", "$workers."),
            ("source", ""),
        ):
            found.update(_typed(event[part], before))
    return [{"key": key, "type": kind} for key, kind in sorted(found.items())]


def _typed(value: Json, before: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, each in value.items():
        if isinstance(each, dict):
            found |= _typed(each, f"{before}{key}.")
        elif isinstance(each, bool):
            found[before + key] = "boolean"
        elif isinstance(each, int | float):
            found[before + key] = "number"
        elif isinstance(each, str):
            found[before + key] = "string"
    return found


def _source(entry: Json) -> Json:
    """Return what was printed: an object by its fields, a text as a message; or what was thrown."""
    if entry["kind"] == "exception":
        name, _, message = entry["message"].partition(": ")
        timestamp = round(entry["at"] * MILLISECONDS)
        thrown = {"name": name, "message": message, "stack": entry["stack"], "timestamp": timestamp}
        return {"exception": thrown}
    if entry["kind"] == "outcome":
        return {}
    return _object(entry["message"]) or {"message": entry["message"], "level": entry["level"]}


def _object(text: str) -> Json | None:
    if not text.startswith("{"):
        return None
    try:
        value: Any = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _request(event: Json) -> Json:
    if event.get("type") != "fetch":
        return {}
    request = {"method": event["method"], "path": event["path"]}
    status = event.get("status")
    return {"event": {"request": request, **({"response": {"status": status}} if status else {})}}


def _about(entry: Json, event: Json) -> Json:
    """Return what `$metadata` says of the kind of *entry*."""
    fetched = event.get("type") == "fetch"
    trigger = f"{event['method']} {event['path']}" if fetched else str(event.get("type", "unknown"))
    said: Json = {"trigger": trigger, "level": entry["level"]}
    if fetched and event.get("status"):
        said["statusCode"] = event["status"]
    if entry["kind"] == "outcome":
        return {**said, "type": "cf-worker-event", "message": trigger}
    said |= {"type": "cf-worker", "message": entry["message"]}
    return {**said, "error": entry["message"]} if entry["kind"] == "exception" else said
