"""What somebody has to know of a map: ways around what was meant to stand before something."""

from collections.abc import Iterable, Iterator

from planning.exposure.access import Application, guards_worker
from planning.exposure.graph import Graph
from planning.exposure.hosts import Switches, switches
from planning.exposure.model import Found, Kind, Target, Way, ZoneFacts
from planning.exposure.workers import WORKER

ASIDE = {Kind.WORKERS_DEV: "workers.dev", Kind.PREVIEW: "the preview hosts of its versions"}
"""Kinds of host that a worker has beside those that somebody gave it."""


def findings(
    graph: Graph,
    apps: Iterable[Application],
    ways: Iterable[Way],
    targets: Iterable[Target],
    zones: Iterable[ZoneFacts],
) -> tuple[Found, ...]:
    """Return everything that is to be known, by system and by what it is about."""
    listed = list(ways)
    found = [
        *_aside(list(apps), listed),
        *_undecided(graph, targets),
        *_open_insides(listed),
        *_caa(zones),
    ]
    return tuple(sorted(found, key=lambda each: (each.system, each.about, each.text)))


def _aside(apps: list[Application], ways: list[Way]) -> Iterator[Found]:
    """Find workers that anyone reaches beside the hosts that rules and Access stand before.

    Of those that Access protects by the name of a host alone, every path is open that way: admin
    pages as well (mydia#742, statusbeam#46).
    """
    for way in ways:
        if way.kind in ASIDE and way.open:
            yield Found(
                way.host,
                way.target.system,
                f"anyone reaches worker {way.target.name} by {ASIDE[way.kind]}, "
                f"{_lost(apps, way, ways)}, or switch it off",
            )


def _lost(apps: list[Application], way: Way, ways: list[Way]) -> str:
    """Say what of the other hosts of its worker does not hold on *way*, and what to do."""
    beside = [each for each in ways if each.target == way.target and each is not way]
    for name in sorted({each.guard for each in beside if each.guard}):
        if not any(_as_worker(apps, name, each) for each in beside):
            return (
                f"while Access ({name}) stands before its other hosts by their names only: every "
                f"path is reached around it; give the application a destination of type worker"
            )
    rules = len({rule for each in beside for rule in each.rules})
    lost = f": {rules} rules of its other hosts do not act there" if rules else ""
    return f"which lies in no zone{lost}; put Access before it"


def _as_worker(apps: list[Application], name: str, way: Way) -> bool:
    return any(app.name == name and guards_worker(app, way.kind, way.target.name) for app in apps)


def _undecided(graph: Graph, targets: Iterable[Target]) -> Iterator[Found]:
    """Find workers of which nothing says whether they answer at workers.dev (kody#1016)."""
    for target in targets:
        if target.place.kind == WORKER and switches(graph, target.place.name) == Switches(
            None, None
        ):
            yield Found(
                target.place.name,
                target.place.system,
                f"nothing in the stack says whether worker {target.place.name} answers at "
                f"workers.dev; say so by a WorkersScriptSubdomain, or in its Worker",
            )


def _open_insides(ways: list[Way]) -> Iterator[Found]:
    """Find inner services and buckets that anyone reaches."""
    told = {Kind.TUNNEL: "an inner service", Kind.BUCKET: "every object of a bucket"}
    for way in ways:
        if way.kind in told and way.open:
            yield Found(
                way.host,
                way.target.system,
                f"anyone reaches {told[way.kind]} by {way.host}, {way.target.kind} "
                f"{way.target.name}; put Access before it, or say that it is public on purpose",
            )


def _caa(zones: Iterable[ZoneFacts]) -> Iterator[Found]:
    for zone in zones:
        if zone.caa and not zone.restricts:
            yield Found(
                zone.name,
                "",
                f"the CAA records of {zone.name} do not restrict who issues certificates: "
                f"{zone.why}; order an advanced certificate and switch Universal SSL off",
            )
