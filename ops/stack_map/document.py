"""A map as JSON: the same for the same stack, line by line, so that two can be compared."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from planning.exposure.model import Exposure, Place, Target, Way

FORM = 1
"""Counts up when what a key means changes."""


@dataclass(frozen=True)
class Heading:
    """What a map is of."""

    stack: str
    environment: str
    shows: str
    """`planned`, what the program would make, or `deployed`, what the state has."""


def render(heading: Heading, exposure: Exposure) -> str:
    """Return the map as JSON."""
    return json.dumps(document_of(heading, exposure), indent=2, ensure_ascii=False) + "\n"


def document_of(heading: Heading, exposure: Exposure) -> dict[str, Any]:
    """Return the map as objects and lists."""
    return {
        "form": FORM,
        **asdict(heading),
        "systems": [asdict(each) for each in exposure.systems],
        "ways": [_way(each) for each in exposure.ways],
        "targets": [_target(each) for each in exposure.targets],
        "stores": [asdict(each) for each in exposure.stores],
        "zones": [asdict(each) for each in exposure.zones],
        "findings": [asdict(each) for each in exposure.found],
        "not_shown": dict(exposure.unread),
    }


def _way(way: Way) -> dict[str, Any]:
    said = {
        "system": way.target.system,
        "kind": way.kind.value,
        "host": way.host,
        "path": way.path,
        "leads_to": _named(way.target),
        "who": list(way.who),
        "open": way.open,
        "access_application": way.guard or None,
        "rules": list(way.rules),
    }
    return {**said, **({"notes": list(way.notes)} if way.notes else {})}


def _target(target: Target) -> dict[str, Any]:
    said: dict[str, Any] = asdict(target.place)
    if target.hosts:
        said["hosts"] = dict(target.hosts)
    said["bindings"] = [
        {"name": each.name, "type": each.kind, "to": [_named(place) for place in each.to]}
        for each in target.bindings
    ]
    return {**said, "notes": list(target.notes)}


def _named(place: Place) -> str:
    return f"{place.kind} {place.name}"
