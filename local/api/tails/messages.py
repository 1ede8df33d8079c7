"""What a tail says: events in the form of Cloudflare, and a word when it cannot keep up."""

import json
import time
from typing import Any

Json = dict[str, Any]

LOG_FIELDS = ("message", "level", "timestamp")
MILLISECONDS = 1000

OVERLOAD = {
    "type": "overload",
    "message": "Tail is currently in sampling mode due to the high volume of messages. To prevent "
    "messages from being dropped consider adding filters.",
}
OVERLOAD_STOP = {
    "type": "overload-stop",
    "message": "Tail has exited sampling mode and is no longer dropping messages.",
}


def message_of(trace: Json, script: str, version: str | None) -> Json:
    """Make the message for an event of *script*, whose live version is *version*."""
    logs = [{name: line.get(name) for name in LOG_FIELDS} for line in trace["logs"]]
    named = {"scriptName": script, "scriptVersion": {"id": version} if version else None}
    return {**trace, **named, "logs": logs}


def notice(event: Json, script: str) -> Json:
    """Make the message that tells *event* of the tail itself."""
    return {
        "outcome": "ok",
        "scriptName": script,
        "exceptions": [],
        "logs": [],
        "eventTimestamp": round(time.time() * MILLISECONDS),
        "event": event,
    }


def encoded(message: Json) -> str:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
