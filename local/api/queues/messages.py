"""Messages sent to a queue over HTTP, and what waits in it."""

from typing import Any, Literal

import httpx
from pydantic import Field

from common.json_types import Json
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.queues.queues import DAY, QUEUE, find
from local.api.state import runtime_port

family = Family("Queue messages")


class Message(Body):
    """One message; *delay_seconds* until it may be delivered."""

    body: Any
    content_type: Literal["json", "text"] = "json"
    delay_seconds: int | None = Field(default=None, ge=0, le=DAY)


class Messages(Body):
    """Messages sent at once."""

    messages: tuple[Message, ...] = Field(min_length=1, max_length=100)
    delay_seconds: int | None = Field(default=None, ge=0, le=DAY)


@family("POST", f"{QUEUE}/messages")
async def send(call: Call) -> Json:
    body = (await call.read(Message)).model_dump(exclude_none=True)
    await _ask(call, "POST", body)
    return {}


@family("POST", f"{QUEUE}/messages/batch")
async def send_batch(call: Call) -> Json:
    body = (await call.read(Messages)).model_dump(mode="json", exclude_none=True)
    await _ask(call, "POST", body, "batch")
    return {}


@family("GET", f"{QUEUE}/metrics")
async def get_metrics(call: Call) -> Json:
    metrics = (await _ask(call, "GET", None)).json()
    return {
        "backlog_count": metrics["backlogCount"],
        "backlog_bytes": metrics["backlogBytes"],
        "oldest_message_timestamp_ms": metrics.get("oldestMessageTimestamp") or 0,
    }


async def _ask(call: Call, method: str, body: Json | None, *path: str) -> httpx.Response:
    queue = find(call.state.records, call.params["queue_id"])
    answer = await runtime_port.ask(
        call.state.runtime,
        method,
        "queues",
        queue["queue_name"],
        *path,
        content=httpx.Request("POST", "http://q", json=body).content if body else None,
    )
    if answer.is_error:
        runtime_port.refuse(answer, 11010)
    return answer
