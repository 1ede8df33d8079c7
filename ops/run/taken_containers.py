"""Names of containers that a plan would take and that an engine has already (OP-1).

The engine would refuse them in the middle of an `up`, with half of a host made.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ops.engine.report import Change, Report
from ops.engine.resources import describe
from ops.errors import OpsError
from ops.health.containers import CONTAINER, places
from ops.health.docker_engines import asking
from ops.preview import inert
from ops.run.existing import MAKES


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
    place = places(_resources(report))
    for each in made:
        name = _name(each.metadata.new)
        engine, ssh_options = place(_readable(each.metadata.new))
        with asking(engine, ssh_options) as get:
            found = get(f"/containers/{quote(name)}/json")
        if found is not None:
            shown = inert.clean(name)
            yield (
                f"{describe(each.urn)}: the Docker Engine at {engine} has a container {shown} "
                f"already (id {found['Id'][:12]}); if nobody needs it: docker rm --force {shown}, "
                f"else: docker rename {shown} {shown}-before"
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
