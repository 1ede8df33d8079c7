"""What the rules looked at in the last run, kept beside the checkout for `make policy`.

It holds ids of rules, names of resources and paths in them; no value of anything.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from policies.pack.analysis import Report

SECONDS_BETWEEN_WRITES = 0.5
FOLDER = Path(".local") / "policy"


class Record:
    """One run of the engine over one stack. Nothing is written where there is no `.local`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._stack = ""
        self._written = 0.0
        self._run: dict[str, Any] = {}
        self.begin(preview=False)

    def begin(self, *, preview: bool) -> None:
        """Forget the run before."""
        self._looked: dict[str, list[str]] = {}
        self._found: Counter[str] = Counter()
        self._missed: dict[str, list[str]] = {}
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self._run = {"when": now, "preview": preview, "whole": False}

    def add(self, subject: str, stack: str, report: Report, *, whole: bool = False) -> None:
        """Keep what a report says; *whole* with the report over the stack, which comes last."""
        with self._lock:
            self._stack = self._stack or stack
            self._run["whole"] = self._run["whole"] or whole
            for rule_id in report.ran:
                self._looked.setdefault(rule_id, []).append(subject)
            self._found.update(violation.rule.id for violation in report.violations)
            for (resource, path), rule_ids in report.unknown.items():
                for rule_id in rule_ids:
                    self._missed.setdefault(rule_id, []).append(f"{resource}: {path}")
            if whole or time.monotonic() - self._written > SECONDS_BETWEEN_WRITES:
                self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        if not self._stack or not (self._root / ".local").is_dir():
            return
        path = self._root / FOLDER / f"{self._stack}.json"
        with suppress(OSError):  # a record is a help; the run is checked without it too
            path.parent.mkdir(exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}")
            fresh.write_text(
                json.dumps({"stack": self._stack, **self._run, "rules": self._rules()})
            )
            fresh.replace(path)

    def _rules(self) -> dict[str, Any]:
        return {
            rule_id: {
                "looked": looked,
                "found": self._found[rule_id],
                "missed": self._missed.get(rule_id, []),
            }
            for rule_id, looked in self._looked.items()
        }
