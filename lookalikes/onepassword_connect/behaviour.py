"""What is to happen to requests: `slow=500+status=503` answers after half a second, with 503.

It stands in the header `X-Look-Alike` of a request, or is set for all requests by the controls.
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class BehaviourError(ValueError):
    """A behaviour that there is none of."""


class Behaviour(BaseModel):
    """How a request is answered. Numbers stand after `=`; those without are set by name alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slow: Annotated[int, Field(ge=0, le=600_000)] = 0
    """Milliseconds before the answer. Default: none."""

    status: Annotated[int, Field(ge=400, le=599)] | None = None
    """Refuse with this status. Default: no."""

    after: Annotated[int, Field(ge=1, le=86_400)] | None = None
    """Seconds in `Retry-After` of that. Default: none."""

    garbled: bool = False
    """Answer 200 with a page, as something between may. Default: no."""

    hang: bool = False
    """Take the request and say nothing. Default: no."""

    @classmethod
    def of(cls, wanted: str) -> Self:
        """Return what *wanted* says. BehaviourError names what there is none of."""
        parts = [each.strip().partition("=") for each in wanted.split("+") if each.strip()]
        said = {name: value if equals else "true" for name, equals, value in parts}
        try:
            return cls.model_validate(said)
        except ValidationError as error:
            wrong = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
            known = ", ".join(cls.model_fields)
            raise BehaviourError(f"{wrong}: no such behaviour; known are {known}") from None
