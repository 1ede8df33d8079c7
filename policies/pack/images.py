"""References to container images, taken apart."""

import re
from typing import NamedTuple

HUB = "docker.io"
_IMAGE_ID = re.compile(r"sha256:[0-9a-f]{64}")
MOVING_TAGS = ("latest", "main", "master", "edge", "nightly", "stable")


class Image(NamedTuple):
    """`docker.io/1password/connect-api:1.7.3@sha256:…` in parts; empty where not given."""

    repository: str
    """With registry: `docker.io/library/nginx`."""
    tag: str
    digest: str

    @property
    def moves(self) -> bool:
        """Whether the tag is missing or leads to another image tomorrow."""
        return not self.tag or self.tag in MOVING_TAGS

    def is_in(self, prefixes: list[str]) -> bool:
        """Whether the repository is in *prefixes*, or below one that ends in a slash."""
        below = tuple(prefix for prefix in prefixes if prefix.endswith("/"))
        return self.repository in prefixes or self.repository.startswith(below)


def is_image_id(reference: str) -> bool:
    """Whether this is the id of an image on the host instead of a name."""
    return _IMAGE_ID.fullmatch(reference) is not None


def parse(reference: str) -> Image:
    """Take a reference apart, with the defaults that Docker fills in."""
    name, _, digest = reference.partition("@")
    path, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return Image(_with_registry(f"{path}{slash}{last}"), tag, digest)


def _with_registry(repository: str) -> str:
    first, slash, _ = repository.partition("/")
    if not slash:
        return f"{HUB}/library/{repository}"
    is_registry = "." in first or ":" in first or first == "localhost"
    return repository if is_registry else f"{HUB}/{repository}"
