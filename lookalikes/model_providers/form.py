"""What the look-alikes have in common: a wire format is a request, an answer, events, errors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lookalikes.model_providers.behaviour import Behaviour
from lookalikes.model_providers.words import answer

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request, read."""

    model: str
    most_tokens: int
    stream: bool
    input_tokens: int
    behaviour: Behaviour
    wants_usage: bool = True
    """Whether a stream says its usage. Default: it does."""

    @property
    def pieces(self) -> list[str]:
        return answer(min(self.behaviour.tokens, self.most_tokens))

    @property
    def is_cut_short(self) -> bool:
        """Whether the answer would have been longer."""
        return self.behaviour.tokens > self.most_tokens


@dataclass(frozen=True)
class Refusal:
    """Why a request is not answered."""

    status: int
    kind: str
    message: str
    retry_after: int | None = None


class RefusedError(Exception):
    """A request that is not answered."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class Form(Protocol):
    """A wire format."""

    name: str
    path: str
    overloaded: int
    """Status that it is told with that there are too many requests for all."""

    def read(self, body: Any, headers: Mapping[str, str]) -> Asked:
        """Return what is asked. RefusedError where it cannot be."""
        ...

    def whole(self, asked: Asked) -> Json:
        """Return the answer of what is asked."""
        ...

    def events(self, asked: Asked) -> Iterator[str]:
        """Yield the answer as events of a stream."""
        ...

    def error(self, refusal: Refusal) -> Json:
        """Return the body of a refusal."""
        ...

    def error_event(self, refusal: Refusal) -> str:
        """Return the event of a stream that says so."""
        ...


def wanted_refusal(form: Form, behaviour: Behaviour) -> Refusal | None:
    """Return the refusal that *behaviour* wants; `None` for none."""
    wanted: Sequence[tuple[bool, Refusal]] = (
        (behaviour.locked, Refusal(401, "authentication_error", "invalid x-api-key")),
        (behaviour.rejected, Refusal(400, "invalid_request_error", "the prompt is too long")),
        (
            behaviour.busy is not None,
            Refusal(429, "rate_limit_error", "too many requests", behaviour.busy),
        ),
        (behaviour.overloaded, Refusal(form.overloaded, "overloaded_error", "Overloaded")),
        (behaviour.broken, Refusal(500, "api_error", "Internal server error")),
    )
    return next((refusal for is_wanted, refusal in wanted if is_wanted), None)
