"""Errors of workers, those that are the same counted together (FW-10)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from common.json_types import Json
from ops.engine.resources import urn_type
from ops.monitoring.error_fingerprints import fingerprint, template, top_frame
from ops.preview import untrusted_text

SCRIPTS = {
    "cloudflare:index/workersScript:WorkersScript": "scriptName",
    "cloudflare:index/worker:Worker": "name",
}
"""Type of a resource that is a script, and the input that names it."""

INVOCATION = "cf-worker-event"
"""Type of the event that says how a whole request ended."""

WORDS = ("message", "error", "msg", "event", "reason")
"""Fields of a line that was printed as an object, in the order in which they say what happened."""


@dataclass(frozen=True)
class Failure:
    """One kind of error of one worker. All of its text is without what differs each time."""

    fingerprint: str
    worker: str
    kind: str
    """`thrown`: an exception that nobody caught; `printed`: a line of the level error; `ended`: a
    request that the runtime ended, with nothing thrown."""

    name: str
    """Name of the exception, or how the request ended. Default for what was printed: ""."""

    said: str
    place: str
    """Function and file where it began; "" where that is not known."""

    trigger: str
    """What the worker was asked, of the last one."""

    count: int
    first: datetime
    last: datetime

    @property
    def often(self) -> str:
        """How often it came, in words."""
        return "once" if self.count == 1 else f"{self.count:,} times"

    def __str__(self) -> str:
        """Say it in a line."""
        what = ": ".join(filter(None, (self.name, self.said)))
        where = f" in {self.place}" if self.place else ""
        return f"{self.worker}: {what}{where}"


def scripts_of(resources: Iterable[Json]) -> list[str]:
    """Return the names of the workers among the *resources* of a state, sorted."""
    found = set()
    for each in resources:
        named = SCRIPTS.get(urn_type(each["urn"]))
        if named and not each.get("delete"):
            known = {**(each.get("inputs") or {}), **(each.get("outputs") or {})}
            found.add(str(known.get(named)))
    return sorted(found)


def moment(event: Json) -> datetime:
    """Return when *event* was."""
    return datetime.fromtimestamp(event["timestamp"] / 1000, UTC)


def grouped(events: Iterable[Json]) -> list[Failure]:
    """Return the kinds of errors in *events*, those that came last first.

    How a request ended says nothing more where it has thrown something: that is counted alone.
    """
    listed = list(events)
    thrown = {_request(each) for each in listed if _exception(each)}
    found: dict[str, Failure] = {}
    for each in listed:
        for failure in _failures(each, thrown):
            known = found.get(failure.fingerprint)
            found[failure.fingerprint] = _together(known, failure) if known else failure
    return sorted(found.values(), key=lambda each: each.last, reverse=True)


def _together(one: Failure, other: Failure) -> Failure:
    newer = max(one, other, key=lambda each: each.last)
    first = min(one.first, other.first)
    return replace(newer, count=one.count + other.count, first=first)


def _failures(event: Json, thrown: set[str]) -> Iterator[Failure]:
    exception = _exception(event)
    about, workers = event["$metadata"], event.get("$workers") or {}
    if exception:
        name, said = str(exception.get("name") or "Error"), str(exception.get("message") or "")
        yield _failure(event, "thrown", name, said, _place(exception, said))
    elif about.get("type") == INVOCATION:
        outcome = str(workers.get("outcome") or "unknown")
        if outcome not in {"ok", "canceled"} and _request(event) not in thrown:
            yield _failure(event, "ended", outcome, "", "")
    elif about.get("level") == "error":
        yield _failure(event, "printed", "", _printed(event), "")


def _place(exception: Json, said: str) -> str:
    """Return where *exception* began; a stack repeats what was *said*, which may be of a user."""
    stack = str(exception.get("stack") or "")
    frames = stack.partition(said)[2] if said and said in stack else stack
    return top_frame(frames)


def _failure(event: Json, kind: str, name: str, said: str, place: str) -> Failure:
    about = event["$metadata"]
    worker, words = str(about.get("service") or "unknown"), template(said)
    when = moment(event)
    return Failure(
        fingerprint=fingerprint((worker, kind, template(name), words, place)),
        worker=untrusted_text.clean(worker),
        kind=kind,
        name=template(name),
        said=words,
        place=place,
        trigger=template(str(about.get("trigger") or "")),
        count=1,
        first=when,
        last=when,
    )


def _exception(event: Json) -> Json:
    source = event.get("source")
    found: Any = source.get("exception") if isinstance(source, dict) else None
    return found if isinstance(found, dict) else {}


def _printed(event: Json) -> str:
    source = event.get("source")
    if isinstance(source, dict):
        said = next((source[name] for name in WORDS if isinstance(source.get(name), str)), "")
        return said or str(event["$metadata"].get("message") or ", ".join(sorted(source)))
    return str(source)


def _request(event: Json) -> str:
    return str(event["$metadata"].get("requestId") or event["$metadata"]["id"])
