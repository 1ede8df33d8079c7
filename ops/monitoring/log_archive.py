"""Logs of a stack kept for longer than Cloudflare keeps them: redacted, an hour a file (FW-10).

A file is lines of JSON, compressed: events of Workers Logs with the fields that are named here and
no others. Text is kept without credentials, mail addresses, network addresses, and the queries of
addresses of the web. An hour that is there is not read again.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from common.files import PRIVATE_FOLDER
from common.json_types import Json
from ops.backup.backup_folder import private_file
from ops.monitoring.error_groups import moment
from ops.monitoring.log_redaction import redacted
from ops.monitoring.workers_logs import Telemetry, Window

HOUR = timedelta(hours=1)
SETTLES = timedelta(minutes=30)
"""After how long an hour is whole: what a cron or a consumer prints comes when it ends, which may
be a quarter of an hour later."""

UNSEEN = "*\n"
"""What git is told of a folder of an archive: nothing in it is for a repository."""

METADATA = frozenset(
    {"id", "requestId", "traceId", "service", "level", "type", "origin", "statusCode"}
)
SAID = frozenset({"message", "error", "trigger"})
"""What of `$metadata` is text that a worker or a visitor wrote."""

WORKERS = frozenset(
    {"scriptName", "scriptVersion", "entrypoint", "eventType", "outcome", "requestId"}
    | {"cpuTimeMs", "wallTimeMs", "executionModel", "durableObjectId", "truncated"}
)
REQUEST, RESPONSE = ("method", "path"), ("status",)
"""What is kept of a request and of its answer: no header, no address, no query."""


class Sink(Protocol):
    """Where files of an archive go."""

    def has(self, name: str) -> bool:
        """Return whether a file of this name is there."""
        ...

    def put(self, name: str, content: bytes) -> None:
        """Write a file; it is there as a whole, or not at all."""
        ...


@dataclass(frozen=True)
class FolderSink:
    """A folder that only its owner can read, and that git passes over."""

    folder: Path

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def put(self, name: str, content: bytes) -> None:
        if not self.folder.exists():
            self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True)
            (self.folder / ".gitignore").write_text(UNSEEN)
        file = self.folder / name
        file.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        with private_file(file) as opened:
            opened.write(content)


@dataclass(frozen=True)
class BucketSink:
    """A bucket of R2, by a client of its S3 API, below a prefix."""

    client: Any
    bucket: str
    prefix: str

    def has(self, name: str) -> bool:
        key = self._key(name)
        look = {"Bucket": self.bucket, "Prefix": key, "MaxKeys": 1}
        listed = _asked_of_r2(lambda: self.client.list_objects_v2(**look))
        return any(each["Key"] == key for each in listed.get("Contents", ()))

    def put(self, name: str, content: bytes) -> None:
        kind = {"ContentType": "application/x-ndjson", "ContentEncoding": "gzip"}
        sent = {"Bucket": self.bucket, "Key": self._key(name), "Body": content, **kind}
        _asked_of_r2(lambda: self.client.put_object(**sent))

    def _key(self, name: str) -> str:
        return "/".join(filter(None, (self.prefix, name)))


@dataclass(frozen=True)
class Source:
    """The logs of the *workers* of a *stack*."""

    telemetry: Telemetry
    workers: Sequence[str]
    stack: str


@dataclass(frozen=True)
class Archived:
    """What came of one hour."""

    name: str
    events: int | None
    """How many events were written. `None`: the hour was there already."""


def archive(
    source: Source, sink: Sink, hours: Iterable[Window], say: Callable[[str], None]
) -> Iterator[Archived]:
    """Write each of *hours* that *sink* has not; yield what came of it. *say* hears its name.

    An hour has what was from its begin on, and nothing of its end, which is the begin of the next.
    One without events is a file without lines: it was looked at. Raises `NotReadError`.
    """
    for hour in hours:
        name = f"{source.stack}/{hour.begin.strftime('%Y-%m-%d/%H')}.ndjson.gz"
        say(name)
        if sink.has(name):
            yield Archived(name, None)
            continue
        events = source.telemetry.events(source.workers, hour)
        lines = [line(each) for each in events if hour.begin <= moment(each) < hour.end]
        sink.put(name, gzip.compress(b"".join(reversed(lines)), mtime=0))
        yield Archived(name, len(lines))


def past_hours(count: int, now: datetime) -> list[Window]:
    """Return the last *count* hours that are over and whole at *now*, the oldest first."""
    whole = now.astimezone(UTC) - SETTLES
    end = whole.replace(minute=0, second=0, microsecond=0)
    begins = [end - HOUR * number for number in range(count, 0, -1)]
    return [Window(begin, begin + HOUR) for begin in begins]


def _asked_of_r2(ask: Callable[[], Any]) -> Any:
    """Ask R2; raise `OpsError` with what it says when it refuses."""
    from ops.backup.r2 import asked  # noqa: PLC0415 - boto3 takes a while

    return asked(ask)


def line(event: Json) -> bytes:
    """Return *event* as a line of an archive, redacted."""
    workers = event.get("$workers") or {}
    kept = {
        "timestamp": event["timestamp"],
        "source": redacted(event.get("source")),
        "$metadata": {
            **_named(event["$metadata"], METADATA),
            **{name: redacted(each) for name, each in _named(event["$metadata"], SAID).items()},
        },
        "$workers": {**_named(workers, WORKERS), **_asked(workers.get("event"))},
    }
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _named(given: Json, names: Iterable[str]) -> Json:
    return {name: given[name] for name in sorted(names) if name in given}


def _asked(event: Any) -> Json:
    """Return what is kept of what a worker was asked; nothing where that was no request."""
    found = event if isinstance(event, dict) else {}
    request, response = (found.get(each) or {} for each in ("request", "response"))
    if not isinstance(request, dict) or not request:
        return {}
    kept: Json = {"request": redacted(_named(request, REQUEST))}
    if isinstance(response, dict) and response:
        kept["response"] = _named(response, RESPONSE)
    return {"event": kept}
