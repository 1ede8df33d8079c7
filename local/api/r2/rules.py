"""Rules of a bucket as the published schema of R2 has them: CORS and lifecycle.

A field that R2 does not know is refused as well: what is dropped in silence never acts.
Source: developers.cloudflare.com/api/resources/r2. S3 has another form (`AllowedOrigins`).
"""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from local.api.http.call import Body
from planning.origins import check_allowed_origin

LONGEST_AGE = 2**53 - 1
"""Seconds: the largest number that every client counts without a gap."""

LONGEST_CACHE = 86_400
"""Seconds that a preflight may be cached for."""


class Rules(Body):
    """A part of a body that has the fields of the schema and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Allowed(Rules):
    """What a page of another origin may do."""

    origins: tuple[Annotated[str, AfterValidator(check_allowed_origin)], ...] = Field(min_length=1)
    methods: tuple[Literal["GET", "PUT", "POST", "DELETE", "HEAD"], ...] = Field(min_length=1)
    headers: tuple[str, ...] | None = None


class CorsRule(Rules):
    """One rule of a CORS policy."""

    allowed: Allowed
    id: str | None = None
    exposeHeaders: tuple[str, ...] | None = None  # noqa: N815  # as on the wire
    maxAgeSeconds: int | None = Field(default=None, ge=0, le=LONGEST_CACHE)  # noqa: N815


class Cors(Rules):
    """A CORS policy."""

    rules: tuple[CorsRule, ...] = Field(max_length=100)


_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?")


def _moment(text: str) -> str:
    """Return *text* as it is, or refuse what is no day or moment that every reader knows."""
    try:
        if _MOMENT.fullmatch(text) and datetime.fromisoformat(text):
            return text
    except ValueError:  # it looks like one, but there is no such day
        pass
    raise ValueError("it is a date of ISO 8601 (2027-01-01 or 2027-01-01T00:00:00Z)")


class ByAge(Rules):
    """When a rule acts: at an age in seconds."""

    type: Literal["Age"]
    maxAge: int = Field(ge=0, le=LONGEST_AGE)  # noqa: N815


class ByDate(Rules):
    """When a rule acts: on a date."""

    type: Literal["Date"]
    date: Annotated[str, AfterValidator(_moment)]


Condition = Annotated[ByAge | ByDate, Field(discriminator="type")]


class Deletion(Rules):
    """Objects are deleted."""

    condition: Condition


class Abortion(Rules):
    """Multipart uploads are aborted; they have an age only."""

    condition: ByAge


class Move(Rules):
    """Objects move to another storage class."""

    condition: Condition
    storageClass: Literal["InfrequentAccess"]  # noqa: N815


class Conditions(Rules):
    """Which objects a rule is about."""

    prefix: str = ""


class LifecycleRule(Rules):
    """One rule of a lifecycle. `conditions` may be empty, but has to be there."""

    id: str = Field(min_length=1, max_length=255)
    enabled: bool
    conditions: Conditions
    deleteObjectsTransition: Deletion | None = None  # noqa: N815
    abortMultipartUploadsTransition: Abortion | None = None  # noqa: N815
    storageClassTransitions: tuple[Move, ...] | None = None  # noqa: N815


class Lifecycle(Rules):
    """All the lifecycle rules of a bucket."""

    rules: tuple[LifecycleRule, ...] = Field(default=(), max_length=1000)
