"""The map of a stack, out of its resources: what answers where, to whom, and what it can reach."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from planning.exposure import zones as edge
from planning.exposure.access import Application, applications, guard_of, paths_below
from planning.exposure.findings import findings
from planning.exposure.graph import UNPLACED, Graph, Resource
from planning.exposure.hosts import Door, doors, others, switches
from planning.exposure.model import (
    ANYONE,
    OF_WORKERS,
    Exposure,
    Kind,
    Place,
    SystemFacts,
    Target,
    Way,
)
from planning.exposure.workers import WORKER, Script, bindings, notes, scripts, stores
from planning.exposure.zones import Zone

READ = frozenset(
    {
        *("D1Database", "DnsRecord", "HyperdriveConfig", "LoadBalancer", "LoadBalancerPool"),
        *("PagesDomain", "Queue", "QueueConsumer", "R2Bucket", "R2CustomDomain"),
        *("R2ManagedDomain", "Ruleset", "UniversalSslSetting", "Worker", "WorkerVersion"),
        *("WorkersCronTrigger", "WorkersCustomDomain", "WorkersKvNamespace", "WorkersRoute"),
        *("WorkersDeployment", "WorkersScript", "WorkersScriptSubdomain"),
        "ZeroTrustAccessApplication",
        *("ZeroTrustAccessGroup", "ZeroTrustAccessPolicy", "ZeroTrustAccessServiceToken"),
        *("ZeroTrustTunnelCloudflared", "ZeroTrustTunnelCloudflaredConfig"),
    }
)
"""Types of resources that the map is made of."""


def map_of(
    resources: Iterable[Resource], zones: Sequence[Zone], systems: Sequence[SystemFacts]
) -> Exposure:
    """Return the map of *resources*, which lie in *zones* and belong to *systems*.

    What belongs to none of them is put under the component that it belongs to.
    """
    graph = Graph(resources)
    apps = applications(graph)
    ways = _unique(way for door in doors(graph) for way in _ways(graph, apps, zones, door))
    targets = tuple(_targets(graph, ways))
    told = tuple(edge.facts(graph, zone) for zone in sorted(zones, key=lambda each: each.name))
    places = _places(graph, ways, targets)
    return Exposure(
        systems=tuple(_systems(systems, places)),
        ways=ways,
        targets=targets,
        stores=tuple(sorted(set(_stores(graph, targets)), key=_order)),
        zones=told,
        found=findings(graph, apps, ways, targets, told),
        unread={name: n for name, n in graph.counted().items() if name not in READ},
    )


def _ways(
    graph: Graph, apps: Sequence[Application], zones: Sequence[Zone], door: Door
) -> Iterator[Way]:
    """Yield the way through a door, and those of paths that Access decides by themselves."""
    below = paths_below(apps, door.host, door.path) if door.watched and not door.closed else []
    for host, path in [(door.host, door.path), *below]:
        guard = _guard(apps, door, host, path)
        zone = edge.zone_of_host(zones, host) if door.zoned else None
        yield Way(
            kind=door.kind,
            host=host,
            path=path,
            target=door.target,
            who=(door.closed,) if door.closed else guard.who if guard else (ANYONE,),
            guard=guard.name if guard else "",
            rules=edge.rules_for(graph, zone, host) if zone else (),
            notes=door.notes,
        )


def _guard(apps: Sequence[Application], door: Door, host: str, path: str) -> Application | None:
    if not door.watched or door.closed:
        return None
    script = door.target.name if door.target.kind == WORKER else ""
    return guard_of(apps, door.kind, host, path, script)


def _unique(ways: Iterable[Way]) -> tuple[Way, ...]:
    """Sort ways as they are read: by system, by what answers, then by host and path."""
    found = dict.fromkeys(ways)
    order = list(Kind)
    return tuple(
        sorted(
            found,
            key=lambda way: (
                *(way.target.system, way.target.kind, way.target.name),
                *(way.host, way.path, order.index(way.kind), way.notes),
            ),
        )
    )


def _targets(graph: Graph, ways: Sequence[Way]) -> Iterator[Target]:
    said = notes(graph)
    made = [_worker(graph, each, ways, said.get(each.name, ())) for each in scripts(graph)]
    known = {each.place: each for each in (*others(graph), *made)}
    for way in ways:
        known.setdefault(way.target, Target(way.target))
    yield from (known[place] for place in sorted(known, key=_order))


def _worker(graph: Graph, script: Script, ways: Sequence[Way], said: Iterable[str]) -> Target:
    place = Place(WORKER, script.name, script.system)
    mine = {(way.kind, way.host) for way in ways if way.target == place}
    counted = {kind.value: sum(each == kind for each, _ in mine) for kind in OF_WORKERS}
    return Target(place, bindings(graph, script), counted, (*_switched(graph, script), *said))


def _switched(graph: Graph, script: Script) -> Iterator[str]:
    """Say how workers.dev stands, for nobody sees a host that is off."""
    said = switches(graph, script.name)
    words: Mapping[bool | None, str] = {True: "on", False: "off", None: "not decided"}
    yield f"workers.dev {words[said.workers_dev]}, previews {words[said.previews]}"


def _stores(graph: Graph, targets: Iterable[Target]) -> Iterator[Place]:
    yield from stores(graph)
    for target in targets:
        for bound in target.bindings:
            yield from (each for each in bound.to if each.kind != WORKER)


def _places(graph: Graph, ways: Iterable[Way], targets: Iterable[Target]) -> list[Place]:
    led = [way.target for way in ways]
    return [*led, *(each.place for each in targets), *stores(graph)]


def _systems(known: Sequence[SystemFacts], places: Iterable[Place]) -> Iterator[SystemFacts]:
    """Yield the systems in their order, then whatever else something belongs to."""
    named = {each.system for each in places}
    yield from (each for each in known if each.name in named)
    for name in sorted(named - {each.name for each in known}):
        yield SystemFacts(name, name or "another stack")


def _order(place: Place) -> tuple[bool, str, str, str]:
    return (place.system == UNPLACED, place.system, place.kind, place.name)
