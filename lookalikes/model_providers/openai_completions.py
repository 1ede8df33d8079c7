"""The chat completions of OpenAI, as its SDK reads them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError

from lookalikes.model_providers.anthropic_messages import Message, invalid
from lookalikes.model_providers.behaviour import Behaviour, BehaviourError
from lookalikes.model_providers.form import Asked, Form, Json, Refusal, RefusedError
from lookalikes.model_providers.words import texts_of, tokens_of

COMPLETION_ID = "chatcmpl-LookAlike"
CREATED = 1_764_547_200
MOST_TOKENS = 16_384


class StreamOptions(BaseModel):
    """What a stream says beside its answer."""

    include_usage: bool = False


class Request(BaseModel):
    """A body of `POST /v1/chat/completions`, of which little is looked at."""

    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[Message]
    max_tokens: PositiveInt | None = None
    max_completion_tokens: PositiveInt | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None


class ChatCompletions(Form):
    """`POST /v1/chat/completions`."""

    name = "openai"
    path = "/v1/chat/completions"
    overloaded = 503

    def read(self, body: Any, headers: Mapping[str, str]) -> Asked:
        """Return what is asked: the real one wants a key, and messages."""
        if not headers.get("authorization", "").startswith("Bearer "):
            raise RefusedError(Refusal(401, "invalid_request_error", "no API key was provided"))
        try:
            request = Request.model_validate(body)
            model, behaviour = Behaviour.of(request.model, headers.get("x-look-alike", ""))
        except ValidationError as error:
            first = error.errors()[0]
            raise RefusedError(invalid(f"{first['loc'][0]}: {first['msg']}")) from None
        except BehaviourError as error:
            raise RefusedError(invalid(str(error))) from None
        sent = tokens_of([text for each in request.messages for text in texts_of(each.content)])
        most = request.max_completion_tokens or request.max_tokens or MOST_TOKENS
        options = request.stream_options or StreamOptions()
        return Asked(
            model, most, request.stream, sent + behaviour.cached, behaviour, options.include_usage
        )

    def whole(self, asked: Asked) -> Json:
        """Return a completion."""
        text = "".join(asked.pieces)
        message: Json = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _reason(asked)}
        return {**_head(asked, "chat.completion"), "choices": [choice], "usage": _usage(asked)}

    def events(self, asked: Asked) -> Iterator[str]:
        """Yield a completion in chunks. Usage comes last, and only to whoever has asked for it."""
        yield _chunk(asked, {"role": "assistant", "content": "", "refusal": None})
        for piece in asked.pieces:
            yield _chunk(asked, {"content": piece})
        yield _chunk(asked, {}, _reason(asked))
        if asked.wants_usage:
            head = _head(asked, "chat.completion.chunk")
            yield _data({**head, "choices": [], "usage": _usage(asked)})
        yield "data: [DONE]\n\n"

    def error(self, refusal: Refusal) -> Json:
        """Return the body of a refusal."""
        said = {"message": refusal.message, "type": refusal.kind, "param": None, "code": None}
        return {"error": said}

    def error_event(self, refusal: Refusal) -> str:
        """Return the event of a stream that says so."""
        return _data(self.error(refusal))


def _head(asked: Asked, kind: str) -> dict[str, Any]:
    return {
        "id": COMPLETION_ID,
        "object": kind,
        "created": CREATED,
        "model": asked.model,
        "service_tier": "default",
        "system_fingerprint": None,
    }


def _usage(asked: Asked) -> dict[str, Any]:
    written = len(asked.pieces)
    return {
        "prompt_tokens": asked.input_tokens,
        "completion_tokens": written,
        "total_tokens": asked.input_tokens + written,
        "prompt_tokens_details": {"cached_tokens": asked.behaviour.cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def _chunk(asked: Asked, delta: dict[str, Any], reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    # Whoever wants the usage at the end has it in each chunk as well, empty.
    usage = {"usage": None} if asked.wants_usage else {}
    return _data({**_head(asked, "chat.completion.chunk"), "choices": [choice], **usage})


def _reason(asked: Asked) -> str:
    return "length" if asked.is_cut_short else "stop"


def _data(body: Json) -> str:
    return f"data: {json.dumps(body)}\n\n"
