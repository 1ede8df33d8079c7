"""Messages sent to a queue over HTTP, and what waits in it."""

from typing import Any, Literal

import httpx
from pydantic import Field, model_validator

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.queues.errors import MESSAGE_BODY
from local.api.queues.queues import QUEUE, find
from local.api.state import runtime_port

UNKNOWN_INTERNAL = 15000

family = Family("Queue messages", MESSAGE_BODY)


class Message(Body):
    """One message; *delay_seconds* until it may be delivered."""

    body: Any
    content_type: Literal["json", "text"] = "json"
    delay_seconds: int | None = None

    @model_validator(mode="after")
    def _text_is_text(self) -> "Message":
        if self.content_type == "text" and not isinstance(self.body, str):
            raise ValueError("Input should have a text for a body of content_type text")
        return self


class Messages(Body):
    """Messages sent at once; *delay_seconds* of those that name none themselves."""

    messages: tuple[Message, ...] = Field(min_length=1)
    delay_seconds: int | None = None


@family("POST", f"{QUEUE}/messages")
async def send(call: Call) -> Json:
    body = (await call.read(Message)).model_dump(exclude_unset=True)
    await _ask(call, "POST", body)
    return {}


@family("POST", f"{QUEUE}/messages/batch")
async def send_batch(call: Call) -> Json:
    body = (await call.read(Messages)).model_dump(mode="json", exclude_unset=True)
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
        raise _refusal(answer)
    return answer


def _refusal(answer: httpx.Response) -> ApiError:
    """Say what the queue refused by its own code, which the admin worker hands on as its code."""
    code = runtime_port.problem(answer) or ""
    known = int(code) if code.isdecimal() else UNKNOWN_INTERNAL
    return ApiError(answer.status_code, known, runtime_port.message(answer))
