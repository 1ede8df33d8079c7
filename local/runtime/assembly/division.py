"""One configuration divided among processes: the main one, and one for each group in development.

A service that another process runs is reached over a socket of its own: there it serves just what
the reference means (service, entrypoint, props), so that nothing has to be told apart on the way.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.json_types import Json
from local.records.model import Cloud, Worker
from local.runtime.assembly.registry import RUNTIME
from local.runtime.configuration.capnp import Bare
from local.runtime.configuration.services import (
    EVENTS,
    designator,
    json_binding,
    modules_of,
    service_binding,
    system_worker,
    worker_service,
)

Group = frozenset[str]
"""Names of workers that run in one process, for they are bound to each other."""

ROOM = RUNTIME / "development_processes"
OBJECTS = "disk:objects"
PROBE = "probe"
ENTRYPOINT = "LocalProbe"
"""What a module that describes a worker adds to it (`probe/describe.mjs`)."""

BUILT_IN = "internet"
"""A service that every process has by itself."""

DESIGNATOR = designator("any").keys()
HTTP: Json = {
    "style": Bare("proxy"),  # the whole address stands in the request, its scheme too
    "cfBlobHeader": "local-cf",
    "capnpConnectHost": "local-crossing",  # calls of methods, and what happened for the tail
}
DIGITS = 16


@dataclass(frozen=True)
class Part:
    """What one process runs, and the sockets at which others reach it."""

    services: list[Json]
    sockets: tuple[Json, ...]


def groups_of(cloud: Cloud, names: Iterable[str]) -> tuple[Group, ...]:
    """Put the workers *names* of *cloud* with all that are bound to them, directly or not."""
    edges = {frozenset((worker.name, to)) for worker in cloud.workers for to in _bound(worker)}
    known = {worker.name for worker in cloud.workers}
    left, found = sorted(known.intersection(names)), []
    while left:
        group = frozenset(left[:1])
        while (more := group.union(*(edge for edge in edges if edge & group)) & known) != group:
            group = more
        found.append(group)
        left = [name for name in left if name not in group]
    return tuple(found)


def _bound(worker: Worker) -> list[str]:
    """Name the workers that *worker* calls, or whose objects it has."""
    bindings = [(each["type"], each) for each in worker.bindings]
    services = [each["service"] for kind, each in bindings if kind == "service"]
    objects = [
        each["script_name"]
        for kind, each in bindings
        if kind == "durable_object_namespace" and each.get("script_name")
    ]
    return [*services, *objects]


def divide(services: list[Json], groups: Sequence[Group], folder: Path) -> list[Part]:
    """Divide *services* into the part of the main process and one for each of *groups*.

    The sockets between them are in *folder*.
    """
    moved = {worker_service(name) for group in groups for name in group}
    main = [each for each in services if each["name"] not in moved]
    stand_ins = [_stand_in(name, group) for group in groups for name in sorted(group)]
    sides = [[*_side(services, group), _door(group)] for group in groups]
    rewritten = [_reaching(part, folder) for part in ([*main, *stand_ins], *sides)]
    wanted = {key: way for _, ways in rewritten for key, way in ways.items()}
    probes = [(), *((_probe(group),) for group in groups)]
    return [
        Part(part, (*_sockets(part, wanted), *probe))
        for (part, _), probe in zip(rewritten, probes, strict=True)
    ]


def _side(services: list[Json], group: Group) -> list[Json]:
    """Pick what a process has to run for *group*: its workers, and the disk of their objects."""
    own = {OBJECTS, *map(worker_service, group)}
    return [each for each in services if each["name"] in own]


def way(name: str, group: Group) -> str:
    """Return what the socket to the worker *name* of the side process of *group* is called."""
    return _key(_behind_door(name, group))


def _reaching(services: list[Json], folder: Path) -> tuple[list[Json], dict[str, Json]]:
    """Lead what *services* refer to and are not to sockets; return these references by socket."""
    own = {BUILT_IN, *(each["name"] for each in services)}
    ways: dict[str, Json] = {}

    def led(value: Any) -> Any:
        if isinstance(value, dict) and value.keys() == DESIGNATOR and value["name"] not in own:
            ways[_key(value)] = value
            return designator(_key(value))
        if isinstance(value, dict):
            return type(value)((name, led(item)) for name, item in value.items())
        if isinstance(value, list | tuple):
            return [led(item) for item in value]
        return value

    rewritten = [led(service) for service in services]
    return [*rewritten, *(_elsewhere(key, folder) for key in sorted(ways))], ways


def _sockets(services: list[Json], wanted: dict[str, Json]) -> tuple[Json, ...]:
    own = {each["name"] for each in services}
    return tuple(
        {"name": key, "http": HTTP, "service": wanted[key]}
        for key in sorted(wanted)
        if wanted[key]["name"] in own
    )


def _key(reference: Json) -> str:
    digest = hashlib.sha256(json.dumps(reference, sort_keys=True).encode()).hexdigest()
    return f"way-{digest[:DIGITS]}"


def _elsewhere(key: str, folder: Path) -> Json:
    return {"name": key, "external": {"address": f"unix:{folder / key}", "http": HTTP}}


def _stand_in(name: str, group: Group) -> Json:
    binding = {"name": "DOOR", "service": _behind_door(name, group)}
    service = system_worker("stand-in", modules_of(ROOM / "stand_in"), [binding])
    return {**service, "name": worker_service(name)}


def _behind_door(name: str, group: Group) -> Json:
    return designator(_door_of(group), {"worker": name})


def _door(group: Group) -> Json:
    names = sorted(group)
    bindings = [
        json_binding("WORKERS", names),
        *(service_binding(f"worker:{name}", worker_service(name)) for name in names),
        *(
            {"name": f"probe:{name}", "service": designator(worker_service(name), None, ENTRYPOINT)}
            for name in names
        ),
    ]
    service = system_worker("door", modules_of(ROOM / "door"), bindings, flags=[EVENTS])
    return {**service, "name": _door_of(group)}


def _probe(group: Group) -> Json:
    """Give the socket at which the workers of *group* say what they are."""
    return {"name": PROBE, "http": {}, "service": designator(_door_of(group), None, "Probe")}


def _door_of(group: Group) -> str:
    return f"door:{'+'.join(sorted(group))}"
