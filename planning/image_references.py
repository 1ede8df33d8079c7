"""References to container images: what they are made of, and which may be deployed."""

import re
from typing import NamedTuple

from planning.refusals import RefusedError

_REFERENCE = re.compile(
    r"(?P<repository>[a-z0-9][a-z0-9._-]*(?::\d+)?(?:/[a-z0-9][a-z0-9._-]*)+)"
    r":(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})"
    r"(?:@sha256:(?P<digest>[0-9a-f]{64}))?"
)
_NUMBERS = re.compile(r"\d+")
MOVING = ("latest", "main", "master", "edge", "nightly", "stable")
"""Tags that lead to another image tomorrow."""


class Image(NamedTuple):
    """`docker.io/1password/connect-api:1.8.2@sha256:…` in parts."""

    repository: str
    """With its registry: `docker.io/1password/connect-api`."""

    tag: str

    digest: str
    """64 hexadecimal digits; "" where the reference has none."""


def parse_image(reference: str) -> Image:
    """Take *reference* apart. Raises `RefusedError` where registry, repository or tag is missing.

    The name of the registry is written out, `docker.io/library/…` too: a reference that leaves it
    to the engine is another image on an engine that is set up differently.
    """
    found = _REFERENCE.fullmatch(reference)
    if not found or "." not in reference.partition("/")[0].partition(":")[0]:
        raise RefusedError(
            f"{reference!r} is no whole reference to an image; write registry/repository:tag"
            f"@sha256:digest (docker.io/library/nginx:1.30.4@sha256:…)"
        )
    if found["tag"] in MOVING:
        raise RefusedError(f"{reference!r} has a tag that moves; name the version as the tag")
    return Image(found["repository"], found["tag"], found["digest"] or "")


def check_image(reference: str) -> str:
    """Return *reference*. Raises `RefusedError` where a part is missing that it cannot be without.

    It may lack the digest: `check_pinned` asks for that.
    """
    parse_image(reference)
    return reference


def check_pinned(reference: str) -> None:
    """Refuse a reference without a digest: whoever owns the registry moves a tag."""
    if not parse_image(reference).digest:
        raise RefusedError(
            f"{reference!r} has no digest; add the one that "
            f"`docker buildx imagetools inspect {reference}` shows (…@sha256:digest)"
        )


def is_older(tag: str, than: str) -> bool:
    """Return whether the version *tag* (`2026.8.2`) comes before *than*, number by number."""
    return _numbers(tag) < _numbers(than)


def _numbers(tag: str) -> list[int]:
    return [int(each) for each in _NUMBERS.findall(tag)]
