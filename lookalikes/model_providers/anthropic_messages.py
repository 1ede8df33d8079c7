"""The Messages API of Anthropic, as its SDK reads it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError

from lookalikes.model_providers.behaviour import Behaviour, BehaviourError
from lookalikes.model_providers.form import Asked, Form, Json, Refusal, RefusedError
from lookalikes.model_providers.words import texts_of, tokens_of

MESSAGE_ID = "msg_01LookAlike"


class Message(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(extra="allow")

    role: str
    content: Any


class Request(BaseModel):
    """A body of `POST /v1/messages`, of which little is looked at."""

    model_config = ConfigDict(extra="allow")

    model: str
    max_tokens: PositiveInt
    messages: list[Message]
    system: Any = ""
    stream: bool = False


class Messages(Form):
    """`POST /v1/messages`."""

    name = "anthropic"
    path = "/v1/messages"
    overloaded = 529

    def read(self, body: Any, headers: Mapping[str, str]) -> Asked:
        """Return what is asked: the real one wants a key, a version and `max_tokens`."""
        # SDKs of before version 2 send the one, later ones the other.
        if not (headers.get("x-api-key") or headers.get("authorization", "").startswith("Bearer ")):
            raise RefusedError(Refusal(401, "authentication_error", "x-api-key header is required"))
        if not headers.get("anthropic-version"):
            raise RefusedError(invalid("anthropic-version: header is required"))
        try:
            request = Request.model_validate(body)
            model, behaviour = Behaviour.of(request.model, headers.get("x-look-alike", ""))
        except ValidationError as error:
            first = error.errors()[0]
            raise RefusedError(invalid(f"{_path(first['loc'])}: {first['msg']}")) from None
        except BehaviourError as error:
            raise RefusedError(invalid(str(error))) from None
        texts = [text for each in request.messages for text in texts_of(each.content)]
        sent = tokens_of([*texts_of(request.system), *texts])
        return Asked(model, request.max_tokens, request.stream, sent, behaviour)

    def whole(self, asked: Asked) -> Json:
        """Return a message."""
        text = "".join(asked.pieces)
        return {
            **_message(asked, len(asked.pieces)),
            "content": [{"type": "text", "text": text, "citations": None}],
            "stop_reason": _reason(asked),
        }

    def events(self, asked: Asked) -> Iterator[str]:
        """Yield a message in pieces. Usage comes first, and again as the sum at the end."""
        block = {"type": "text", "text": ""}
        yield _event("message_start", message=_message(asked, 1))
        yield _event("content_block_start", index=0, content_block=block)
        yield _event("ping")
        for piece in asked.pieces:
            delta = {"type": "text_delta", "text": piece}
            yield _event("content_block_delta", index=0, delta=delta)
        yield _event("content_block_stop", index=0)
        ending = {"stop_reason": _reason(asked), "stop_sequence": None}
        usage = {"output_tokens": len(asked.pieces)}
        yield _event("message_delta", delta=ending, usage=usage)
        yield _event("message_stop")

    def error(self, refusal: Refusal) -> Json:
        """Return the body of a refusal."""
        said = {"type": refusal.kind, "message": refusal.message}
        return {"type": "error", "error": said, "request_id": "req_LookAlike"}

    def error_event(self, refusal: Refusal) -> str:
        """Return the event of a stream that says so."""
        return _event("error", error={"type": refusal.kind, "message": refusal.message})


def invalid(message: str) -> Refusal:
    """Return the refusal of a request that is not of its form."""
    return Refusal(400, "invalid_request_error", message)


def _message(asked: Asked, output_tokens: int) -> dict[str, Any]:
    cached = asked.behaviour.cached
    return {
        "id": MESSAGE_ID,
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": asked.input_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": cached,
            "output_tokens": output_tokens,
            "service_tier": "standard",
        },
    }


def _reason(asked: Asked) -> str:
    return "max_tokens" if asked.is_cut_short else "end_turn"


def _event(kind: str, **fields: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location))
