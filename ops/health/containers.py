"""Hold the containers of a stack against what stands on their engines (OP-1, OP-6).

What was deployed says the state: verification asks whether that is still there. A plugin sees
little of what somebody does by hand (a pause, a network that is left, a container made anew).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rich.markup import escape
from rich.table import Table

from common.json_types import Json
from ops.engine.resources import name_of, urn_type
from ops.errors import OpsError
from ops.health.container_differences import differences, strangers
from ops.health.docker_engines import Get, asking

CONTAINER = "docker:index/container:Container"
PROVIDER = "pulumi:providers:docker"
COMPARED = ("name", "image", "memory", "restart", "start", "networksAdvanced")
DEFAULT = "unix:///var/run/docker.sock"


class Place(NamedTuple):
    """Where an engine is, and the options of ssh by which it is reached."""

    engine: str
    ssh_options: tuple[str, ...]


@dataclass(frozen=True)
class Machine:
    """An engine, and what a stack has on it."""

    engine: str
    ssh_options: tuple[str, ...] = ()
    containers: dict[str, Json] = field(default_factory=dict)
    """Inputs of each container, by the id that the engine gave it."""


@dataclass(frozen=True)
class Standing:
    """How a machine is."""

    engine: str
    count: int
    """Containers that were deployed there."""

    differ: tuple[str, ...]
    """What is not as it was deployed, a sentence each."""


def places(resources: Iterable[Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], Place]:
    """Return what says by which engine a resource of *resources* is made."""
    providers = {
        f"{each['urn']}::{each.get('id', '')}": each.get("inputs") or {}
        for each in resources
        if urn_type(each["urn"]) == PROVIDER
    }

    def place(resource: Mapping[str, Any]) -> Place:
        given = providers.get(str(resource.get("provider")), {})
        return Place(str(given.get("host") or DEFAULT), _list(given.get("sshOpts")))

    return place


def machines(resources: Iterable[Mapping[str, Any]]) -> list[Machine]:
    """Find in the state the engines of a stack, in its order, and what it has on each."""
    known = list(resources)
    place = places(known)
    found: dict[str, Machine] = {}
    for each in known:
        if urn_type(each["urn"]) == CONTAINER and each.get("id") and not each.get("delete"):
            at = place(each)
            machine = found.setdefault(at.engine, Machine(*at))
            machine.containers[each["id"]] = _readable(each)
    return list(found.values())


def ask_all(known: Iterable[Machine]) -> list[Standing]:
    """Ask every engine; one that does not answer differs in that."""
    return [Standing(each.engine, len(each.containers), _differ(each)) for each in known]


def table(standing: Sequence[Standing]) -> Table:
    """Lay out how every machine is, and below it what differs."""
    shown = Table("engine", "containers", "as deployed", box=None, pad_edge=False)
    for each in standing:
        said = "[red]no[/red]" if each.differ else "[green]yes[/green]"
        shown.add_row(escape(each.engine), str(each.count), said)
    return shown


def differing(standing: Iterable[Standing]) -> list[str]:
    """Return all that differs, with the engine where there is more than one."""
    asked = list(standing)
    named = len(asked) > 1
    return [
        f"{each.engine}: {sentence}" if named and each.engine not in sentence else sentence
        for each in asked
        for sentence in each.differ
    ]


def _differ(machine: Machine) -> tuple[str, ...]:
    try:
        with asking(machine.engine, machine.ssh_options) as get:
            return tuple(_compared(machine, get))
    except OpsError as error:
        return (str(error),)


def _compared(machine: Machine, get: Get) -> Iterator[str]:
    """Ask for every container by its name: one that was made anew has another id."""
    for known, inputs in machine.containers.items():
        found = get(f"/containers/{inputs['name']}/json")
        image = get(f"/images/{found['Image']}/json") if found else None
        yield from differences(known, inputs, found, image)
    yield from strangers(machine.containers, get("/containers/json?all=true") or [])


def _readable(resource: Mapping[str, Any]) -> Json:
    """Return the inputs of a container; its name is the plugin's where it was given none.

    Raises `OpsError` where one that is compared is sealed: no name of an image is a secret.
    """
    inputs = resource.get("inputs") or {}
    name = inputs.get("name") or (resource.get("outputs") or {}).get("name")
    if sealed := sorted(each for each in COMPARED if isinstance(inputs.get(each), dict)):
        raise OpsError(
            f"{', '.join(sealed)} of {name_of(resource['urn'])} is a secret in the state, so that "
            "its container cannot be compared; give it as a plain value, then up"
        )
    return {**inputs, "name": name}


def _list(value: object) -> tuple[str, ...]:
    """Return a list of texts: the state has what configures a plugin as JSON."""
    if isinstance(value, str):
        value = json.loads(value)
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
