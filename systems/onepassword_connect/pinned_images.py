"""The images of the host: read from the file that bots renew, unless a stack names others."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from planning.image_references import check_pinned, is_older, parse_image
from planning.refusals import RefusedError
from systems.onepassword_connect.names import API, CONTAINERS, SYNC, TUNNEL

FILE = Path(__file__).resolve().parent / "images" / "compose.yaml"
OLDEST_TUNNEL = "2026.10.4"
"""Version of cloudflared before which it is not deployed (OP-2)."""


@cache
def tracked() -> Mapping[str, str]:
    """Return the image of each container, as the file has it."""
    services = yaml.safe_load(FILE.read_text())["services"]
    return {name: service["image"] for name, service in services.items()}


def images(own: Mapping[Any, str]) -> dict[str, str]:
    """Return the image of each container: that of *own* where it has one, else the file's."""
    return {name: own.get(name, tracked()[name]) for name in CONTAINERS}


def faults(own: Mapping[Any, str], *, pinned: bool) -> Iterator[tuple[str, str]]:
    """Yield the name of each image that may not be deployed, and why; *pinned*: needs a digest."""
    chosen = images(own)
    for name, reference in chosen.items():
        if pinned:
            try:
                check_pinned(reference)
            except RefusedError as error:
                yield name, str(error)
    versions = {name: parse_image(reference).tag for name, reference in chosen.items()}
    if versions[API] != versions[SYNC]:
        yield SYNC, f"is {versions[SYNC]}, and the API is {versions[API]}; take one version of both"
    if is_older(versions[TUNNEL], OLDEST_TUNNEL):
        yield TUNNEL, f"is {versions[TUNNEL]}; take {OLDEST_TUNNEL} or a later one"
