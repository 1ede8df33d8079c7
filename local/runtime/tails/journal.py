"""What workers printed, threw and came to: in memory for questions, in a rotated file for later."""

import json
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice, takewhile
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from common.json_types import Json
from local.runtime.tails.console_lines import Printed

MARK = "\u0001event {} "
"""How the tail worker marks its lines, with the key of the runtime (`service/index.mjs`)."""

EDGE = "\u0001edge {} "
"""How the edge marks what it says of a request, with that key (`edge/entry/reports.mjs`)."""

THROWN = "\u0001thrown "
"""How an object marks what it threw; the tail worker has it in the event (`objects/thrown`)."""

CONSOLE = {"timestamp", "level", "message"}
"""What a line of a console has; one of workerd itself says its source as well."""

HARMLESS = frozenset({"debug", "info", "log", "trace"})
"""Levels of what says that nothing is wrong."""

KEPT = 10_000
FILE_BYTES = 5 * 1024 * 1024
FILES = 5
TICK = 1e-6


class Journal:
    """Entries are `{time, worker, kind, level, message, …}`.

    *time* is when the entry was made, in seconds since 1970: it never runs backwards, so the last
    one seen says where to go on. *at* is when it happened; workerd reports at the end of an event.
    *kind* is `log` (a console line), `exception` (with `stack`), `outcome` (an event that did not
    end well) or `runtime` (workerd itself; *worker* is `None`). The first three say in `event`
    what the worker was doing, in `outcome` how that ended, and have one `request` where they are of
    one event. workerd's own lines are in a log of their own, and so are lines of a
    console that no event brings (`console_lines.py`). *watch* gets whole events, by worker; they
    are kept nowhere. *redact* takes the secrets out of all that is kept: a worker may print what it
    was given. *locate* writes the places in a worker's bundle that a text names as those in its
    source files. *see* gets what the edge says of a request, which is kept nowhere either. *key* is
    what marks the lines of the runtime's own workers: without it a line is what a worker printed.
    """

    def __init__(  # noqa: PLR0913  # who has a part in it
        self,
        directory: Path,
        key: str,
        watch: Callable[[str, Json], None],
        redact: Callable[[Any], Any],
        *,
        locate: Callable[[str, str], str] = lambda _worker, text: text,
        see: Callable[[Json], None] = lambda _request: None,
    ) -> None:
        self._watch = watch
        self._redact = redact
        self._locate = locate
        self._see = see
        self._event_mark, self._edge_mark = MARK.format(key), EDGE.format(key)
        self._latest = 0.0
        self._entries: deque[Json] = deque(maxlen=KEPT)
        self._file = _rotated(directory / "workers.jsonl")
        self._raw = _rotated(directory / "workerd.log")
        self._printed = Printed(self._keep)

    def observe(self, line: str) -> None:
        """Take one line of workerd's output."""
        try:
            given = json.loads(line)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            self._raw.info(self._redact(line))
            return
        message = str(given.get("message", ""))
        if message.startswith(self._event_mark):
            self._take_event(json.loads(message.removeprefix(self._event_mark)))
            return
        if message.startswith(self._edge_mark):
            self._see(json.loads(message.removeprefix(self._edge_mark)))
            return
        if message.startswith(THROWN):
            return
        if given.keys() == CONSOLE:
            self._printed.add(given)
        else:
            self._keep(given)

    def note(self, message: str, level: str = "info") -> None:
        """Add an entry of the runtime itself."""
        entry = {"worker": None, "kind": "runtime", "level": level, "message": message}
        self._add(entry)

    def note_crash(self, message: str) -> None:
        """Add that workerd ended by itself, after all that was printed until then."""
        self._printed.give_up()
        self.note(message, "error")

    def entries(
        self, *, worker: str | None, since: float, limit: int, probes: bool = True
    ) -> list[Json]:
        """Return the newest *limit* entries after *since*, oldest first.

        Without *probes*, what a request left that only looked after the worker's health stays out,
        unless something is wrong.
        """
        later = takewhile(lambda entry: entry["time"] > since, reversed(list(self._entries)))
        wanted = (
            entry
            for entry in later
            if (worker is None or entry["worker"] == worker) and (probes or not _is_of_probe(entry))
        )
        return list(islice(wanted, max(limit, 0)))[::-1]

    def close(self) -> None:
        self._printed.give_up()
        for logger in (self._file, self._raw):
            for handler in list(logger.handlers):
                handler.close()
                logger.removeHandler(handler)

    def _keep(self, given: Json) -> None:
        """Put a line of workerd's into its own log; a warning or worse is an entry as well."""
        given = self._redact(given)
        self._raw.info(json.dumps(given, ensure_ascii=False))
        if "source" in given and given.get("level") in {"error", "warn", "warning"}:
            self.note(str(given.get("message", "")), str(given["level"]))

    def _take_event(self, given: Json) -> None:
        """Add what is worth an entry; who watches the worker gets all of it."""
        self._printed.brought(given["logs"])
        trace = given.pop("trace", None)
        for each in (given, trace or {}):
            self._name_places(given["worker"], each.get("exceptions") or ())
        self._add_event(self._redact(given))
        if trace is not None:
            self._watch(given["worker"], trace)

    def _name_places(self, worker: str, thrown: Iterable[Json]) -> None:
        for each in thrown:
            if each.get("stack"):
                each["stack"] = self._locate(worker, each["stack"])

    def _add_event(self, given: Json) -> None:
        worker, event = given["worker"], given.get("event")
        outcome, request = given["outcome"], secrets.token_hex(8)
        common = {"worker": worker, "event": event, "outcome": outcome, "request": request}
        for line in given["logs"]:
            message = " ".join(_shown(part) for part in line["message"])
            message = self._locate(worker, message)
            self._add({"kind": "log", "level": line["level"], "message": message, **common}, line)
        for thrown in given["exceptions"]:
            self._add(_exception(thrown, common), thrown)
        if outcome != "ok":
            message = f"ended as {outcome}"
            entry = {"kind": "outcome", "level": "error", "message": message, **common}
            self._add(entry, {"timestamp": given.get("at")})

    def _add(self, entry: Json, stamped: Json | None = None) -> None:
        self._latest = max(time.time(), self._latest + TICK)
        at = (stamped or {}).get("timestamp")
        entry |= {"time": self._latest, "at": at / 1000 if at else self._latest}
        self._entries.append(entry)
        self._file.info(json.dumps(entry, ensure_ascii=False))


def _exception(thrown: Json, common: Json) -> Json:
    message = f"{thrown['name']}: {thrown['message']}"
    return {
        "kind": "exception",
        "level": "error",
        "message": message,
        "stack": thrown.get("stack", ""),
        **common,
    }


def _is_of_probe(entry: Json) -> bool:
    return bool((entry.get("event") or {}).get("probe")) and entry["level"] in HARMLESS


def _shown(part: object) -> str:
    return part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)


def _rotated(path: Path) -> logging.Logger:
    """Make a logger of plain lines, known to nobody else, whose file is rotated."""
    logger = logging.Logger(str(path), logging.INFO)  # noqa: LOG001  # not in the global tree
    handler = RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    return logger
