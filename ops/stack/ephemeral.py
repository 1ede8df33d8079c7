"""A throw-away copy of a real stack against the local Cloudflare, with example data."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops.paths import Paths
from ops.stack import command_lock
from ops.stack.effective_config import is_secure
from ops.stack.session import Session, make_ready
from ops.stack.target import BASE_URL, DEVELOPMENT, REHEARSAL, Target, read_target

EXAMPLE_ACCOUNT = "0" * 32


@contextmanager
def ephemeral_copy(paths: Paths, stack: str) -> Iterator[Session]:
    """Make a copy of *stack* ready that nothing real is behind; it is gone afterwards."""
    target = read_target(paths, stack)
    development = read_target(paths, DEVELOPMENT)
    command_lock.take(paths)
    with tempfile.TemporaryDirectory(prefix="preview-") as scratch:
        copy = Target(stack, target.environment, example(target, development.api))
        yield make_ready(Paths(paths.root, Path(scratch)), copy)


def example(target: Target, api: str) -> dict[str, Any]:
    """Return the configuration of *target* with example values where only the owner has any.

    Its real secrets are left out: examples are made as for development.
    """
    config = {key: value for key, value in target.config.items() if not is_secure(value)}
    return {**_completed(config, target.name), REHEARSAL: True, BASE_URL: api}


def completed(target: Target) -> Target:
    """Return *target* with example ids where its account, its zones and their owners are not set.

    All else is as it is: it still stands where it stood.
    """
    return Target(target.name, target.environment, _completed(target.config, target.name))


def _completed(config: dict[str, Any], stack: str) -> dict[str, Any]:
    zones = config.get("chittyos:zones")
    whole = {"chittyos:account": EXAMPLE_ACCOUNT, **config}
    if isinstance(zones, list):
        whole["chittyos:zones"] = [
            {"id": f"{number:032x}", "owner": stack, **zone}
            for number, zone in enumerate(zones, start=1)
            if isinstance(zone, dict)
        ]
    return whole
