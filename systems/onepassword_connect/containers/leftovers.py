"""What an engine has of a host, by its label, and no more of it: taken away, whoever made it."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from docker.errors import APIError

from provider.docker.engine import Engine

LABEL = "chittyos.host"
AT_ONCE = 8
GONE = frozenset({404, 409})
"""What the engine answers for what somebody else has removed, or removes at that moment."""


def take_away(engine: Engine, prefix: str) -> None:
    """Remove all that has the label of *prefix*: containers first, for they use the rest."""
    asked = {"label": f"{LABEL}={prefix}"}
    with engine.api() as api:
        containers = [each["Id"] for each in api.containers(all=True, filters=asked)]
    with ThreadPoolExecutor(AT_ONCE) as together:
        list(together.map(lambda each: _remove(engine, each), containers))
    with engine.api() as api:
        for network in api.networks(filters=asked):
            _gone(api.remove_network, [network["Id"]])
        for volume in api.volumes(filters=asked)["Volumes"] or []:
            _gone(api.discard, [volume["Name"]])


def _remove(engine: Engine, container: str) -> None:
    with engine.api() as api:
        _gone(api.remove_container, [container], v=True, force=True)


def _gone(remove: Any, given: Iterable[str], **how: bool) -> None:
    """Remove it; what somebody else removes at the same time is as good."""
    try:
        remove(*given, **how)
    except APIError as error:
        if error.status_code not in GONE:
            raise
