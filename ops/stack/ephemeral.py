"""A throw-away copy of a real stack against the local Cloudflare, with example data."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops import turn
from ops.layout import Layout
from ops.session import Session, make_ready
from ops.settings import is_secure
from ops.target import BASE_URL, REHEARSAL, Target, read_target

EXAMPLE_ACCOUNT = "0" * 32
DEVELOPMENT = "development"


@contextmanager
def rehearse(layout: Layout, stack: str) -> Iterator[Session]:
    """Make a copy of *stack* ready that nothing real is behind; it is gone afterwards."""
    target = read_target(layout, stack)
    development = read_target(layout, DEVELOPMENT)
    turn.take(layout)
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
        copy = Target(stack, target.environment, example(target, development.api))
        yield make_ready(Layout(layout.root, Path(scratch)), copy)


def example(target: Target, api: str) -> dict[str, Any]:
    """Answer the configuration of *target* with example values where only the owner has any.

    Its real secrets are left out: examples are made as for development.
    """
    config = {key: value for key, value in target.config.items() if not is_secure(value)}
    config |= {REHEARSAL: True, BASE_URL: api}
    config.setdefault("chittyos:account", EXAMPLE_ACCOUNT)
    zones = config.get("chittyos:zones")
    if isinstance(zones, list):
        config["chittyos:zones"] = [
            {"id": f"{number:032x}", "owner": target.name, **zone}
            for number, zone in enumerate(zones, start=1)
            if isinstance(zone, dict)
        ]
    return config
