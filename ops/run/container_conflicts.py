"""Names of containers that a plan would take and that an engine has already (OP-1).

The engine would refuse them in the middle of an `up`, with half of a host made.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ops.engine.report import Change, Report
from ops.engine.resources import describe
from ops.errors import OpsError
from ops.health.containers import CONTAINER, Place, places
from ops.health.docker_engines import asking
from ops.preview import untrusted_text
from ops.run.name_conflicts import MAKES


def taken(report: Report) -> list[str]:
    """Return a sentence for each name in the plan of *report* that somebody else's container has.

    Engines are asked only where a container would get a name that it did not have. Raises
    `OpsError` where one does not answer.
    """
    made = [each for each in report.changes if each.type == CONTAINER and _is_renamed(each)]
    return list(_taken(report, made)) if made else []


def said(report: Report) -> list[str]:
    """Return what `taken` does; one sentence when an engine cannot be asked."""
    try:
        return taken(report)
    except OpsError as error:
        return [str(error)]


def _taken(report: Report, made: list[Change]) -> Iterator[str]:
    """Ask each engine once: the way to one may be a connection of ssh."""
    place = places(_resources(report))
    by_place: dict[Place, list[Change]] = {}
    for each in made:
        by_place.setdefault(place(_readable(each.metadata.new)), []).append(each)
    for at, changes in by_place.items():
        with asking(*at) as get:
            for each in changes:
                if found := get(f"/containers/{quote(_name(each.metadata.new))}/json"):
                    yield _sentence(each, at.engine, found["Id"])


def _sentence(change: Change, engine: str, number: str) -> str:
    shown = untrusted_text.clean(_name(change.metadata.new))
    return (
        f"{describe(change.urn)}: the Docker Engine at {engine} has a container {shown} already "
        f"(id {number[:12]}); if nobody needs it: docker rm --force {shown}, else: docker rename "
        f"{shown} {shown}-before"
    )


def _is_renamed(change: Change) -> bool:
    old, new = _name(change.metadata.old), _name(change.metadata.new)
    return change.op in MAKES and new not in ("", old)


def _name(state: Any) -> str:
    name = (state.inputs or {}).get("name") if state else None
    return name if isinstance(name, str) else ""


def _resources(report: Report) -> list[Mapping[str, Any]]:
    return [_readable(step.new) for step in report.ends.values() if step.new]


def _readable(state: Any) -> Mapping[str, Any]:
    """Return *state* without ids: of a provider that is new nothing else is known."""
    provider = f"{(state.provider or '').rpartition('::')[0]}::"
    return {"urn": state.urn, "inputs": state.inputs or {}, "provider": provider}
