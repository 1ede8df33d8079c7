"""Which application of Access stands before a way in: the most specific one decides."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planning.exposure.admission import APPLICATION, admitted
from planning.exposure.graph import Graph, Resource, items, text
from planning.exposure.model import EVERY_PATH, Kind

ALL_WORKERS, ALL_PREVIEWS = "all_workers", "all_preview_workers"
WORKER, PREVIEW = "worker", "preview_worker"
HOSTS = (ALL_WORKERS, WORKER)
PREVIEWS = (ALL_WORKERS, ALL_PREVIEWS, WORKER, PREVIEW)
"""Destinations that stand before a worker, and before its previews: a later one goes before."""

PUBLIC = "public"
PROTECTING = (None, "self_hosted", "ssh", "vnc", "rdp", "mcp")
"""Types of application that ask who somebody is before a request goes on; `None`: none is said."""

SCRIPTS = ("Worker", "WorkersScript")
_SCHEME = re.compile(r"^[a-z]+://")


@dataclass(frozen=True)
class Application:
    """An application, what it stands before, and whom it admits."""

    name: str
    places: tuple[tuple[str, str], ...]
    """Hosts and paths. `*` stands for any characters, in a host for those between two dots."""

    workers: tuple[tuple[str, str], ...]
    """Kinds of destination (`worker`, `all_workers` …) and the script each is about, or ""."""

    who: tuple[str, ...]


def applications(graph: Graph) -> tuple[Application, ...]:
    """Return the applications of the stack that stand before hosts or workers.

    Bookmarks and the like show a host in the launcher, and protect nothing.
    """
    listed = graph.of(APPLICATION)
    return tuple(_application(graph, e) for e in listed if e.inputs.get("type") in PROTECTING)


def paths_below(apps: Iterable[Application], host: str, path: str) -> list[tuple[str, str]]:
    """List hosts and paths within *host* and *path* that an application of their own decides.

    A wildcard host has those of the hosts below it.
    """
    found = {
        (inner, below)
        for app in apps
        for inner, below in app.places
        if _fits(host, inner) and _fits(path, below) and (inner, below) != (host, path)
    }
    return sorted(found)


def guard_of(
    apps: Iterable[Application], kind: Kind, host: str, path: str, script: str
) -> Application | None:
    """Return the application that decides at *host* and *path*; `None` where none does.

    One that names the host goes before one that names the worker *script*, a longer path before a
    shorter one, a whole host before one with `*`, a worker before all workers.
    """
    listed = list(apps)
    by_host = [
        (("*" not in at, len(at), len(below)), app)
        for app in listed
        for at, below in app.places
        if _covers(at, host) and _fits(below, path)
    ]
    if by_host:
        return max(by_host, key=lambda each: each[0])[1]
    ranked = [(_rank(app, kind, script), app) for app in listed]
    return max(ranked, key=lambda each: each[0])[1] if any(rank for rank, _ in ranked) else None


def guards_worker(app: Application, kind: Kind, script: str) -> bool:
    """Return whether *app* stands before the worker *script* at hosts of *kind*, as a worker."""
    return _rank(app, kind, script) > 0


def _rank(app: Application, kind: Kind, script: str) -> int:
    """Return how narrowly *app* is about the worker *script* at hosts of *kind*; 0: not at all."""
    if not script:
        return 0
    known = PREVIEWS if kind is Kind.PREVIEW else HOSTS
    mine = {how for how, which in app.workers if which in ("", script)}
    return max((known.index(how) + 1 for how in mine & set(known)), default=0)


def _application(graph: Graph, resource: Resource) -> Application:
    return Application(
        resource.own_name,
        tuple(dict.fromkeys(_places(resource))),
        tuple(dict.fromkeys(_workers(graph, resource))),
        admitted(graph, resource),
    )


def _places(resource: Resource) -> Iterator[tuple[str, str]]:
    own = [resource.inputs.get("domain"), *(resource.inputs.get("selfHostedDomains") or ())]
    public = [
        each.get("uri")
        for each in items(resource.inputs.get("destinations"))
        if each.get("type") in (None, PUBLIC)
    ]
    for place in (text(each) for each in (*own, *public)):
        if place:
            host, slash, path = _SCHEME.sub("", place).partition("/")
            yield host.lower(), _path(slash + path)


def _path(path: str) -> str:
    """Write a path with its `*`: an application stands before all that is below its path."""
    return path if path.endswith("*") else f"{path.rstrip('/')}{EVERY_PATH}"


def _workers(graph: Graph, resource: Resource) -> Iterator[tuple[str, str]]:
    for each in items(resource.inputs.get("destinations")):
        kind, worker_id = text(each.get("type")), each.get("workerId")
        if kind in (ALL_WORKERS, ALL_PREVIEWS):
            yield kind, ""
        elif kind in (WORKER, PREVIEW):
            found = graph.find(worker_id, *SCRIPTS)
            # A script is known to Access by an id that its resource does not show.
            made_of = graph.sources(resource, "destinations", *SCRIPTS)
            yield from ((kind, script.own_name) for script in ([found] if found else made_of))


def _covers(place: str, host: str) -> bool:
    """Return whether an application at *place* stands before *host*; a `*` ends at a dot."""
    return re.fullmatch(re.escape(place).replace(r"\*", "[^.]*"), host) is not None


def _fits(pattern: str, name: str) -> bool:
    """Return whether every request for *name* is one for *pattern*; both may have `*`.

    The path `/admin/*` is `/admin` as well: an application has its path and all below it.
    """
    form = "".join(".*" if each == "*" else re.escape(each) for each in pattern)
    form = f"{form.removesuffix('/.*')}(/.*)?" if form.endswith("/.*") else form
    return re.fullmatch(form, name, re.DOTALL) is not None
