"""What a request wants to happen: `claude-sonnet-5-5+busy=7` is refused with Retry-After 7.

The same may stand in the header `X-Look-Alike`. What both say counts together.
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Milliseconds = Annotated[int, Field(ge=0, le=600_000)]
Events = Annotated[int, Field(ge=0, le=10_000)]
Seconds = Annotated[int, Field(ge=1, le=86_400)]


class BehaviourError(ValueError):
    """A behaviour that there is none of."""


class Behaviour(BaseModel):
    """How a request is answered. Numbers stand after `=`; those without are set by name alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tokens: Annotated[int, Field(ge=1, le=100_000)] = 20
    """Tokens of the answer, as far as the request lets it. Default: 20."""

    slow: Milliseconds = 0
    """Time before the first byte. Default: none."""

    pace: Milliseconds = 0
    """Time before each further piece of a stream. Default: none."""

    cached: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Tokens of the request that are said to be read from a cache. Default: none."""

    busy: Seconds | None = None
    """Refuse with 429 and these seconds in Retry-After. Default: no."""

    overloaded: bool = False
    """Refuse with 529, as Anthropic does, or 503, as OpenAI does. Default: no."""

    broken: bool = False
    """Fail with 500. Default: no."""

    locked: bool = False
    """Refuse the key with 401. Default: no."""

    rejected: bool = False
    """Refuse the request with 400. Default: no."""

    garbled: bool = False
    """Answer with what is no JSON. Default: no."""

    hang: bool = False
    """Take the request and say nothing. Default: no."""

    error: Events | None = None
    """Say in the stream, after so many pieces, that it has failed. Default: no."""

    cut: Events | None = None
    """Break the connection after so many pieces. Default: no."""

    silent: Events | None = None
    """Say no more after so many pieces, and keep the connection. Default: no."""

    @classmethod
    def of(cls, model: str, header: str) -> tuple[str, Self]:
        """Return the name of the model without what it wants, and that. BehaviourError if none."""
        name, _, wanted = model.partition("+")
        said = dict(_pairs(f"{wanted}+{header}"))
        try:
            return name, cls.model_validate(said)
        except ValidationError as error:
            wrong = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
            known = ", ".join(cls.model_fields)
            raise BehaviourError(
                f"{wrong}: there is no such behaviour; known are {known}"
            ) from None


def _pairs(text: str) -> list[tuple[str, str]]:
    parts = [each.strip().partition("=") for each in text.split("+") if each.strip()]
    return [(name, value if equals else "true") for name, equals, value in parts]
