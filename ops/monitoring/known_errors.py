"""Which kinds of errors a check has told of before: a private file for each stack."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from common.files import PRIVATE_FOLDER, write_private
from ops.monitoring.error_groups import Failure

FORGOTTEN = timedelta(days=90)
"""After how long without an error of a kind the next one is new again."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Times(_Model):
    """When an error of a kind was first and last seen."""

    first: datetime
    last: datetime


class Seen(_Model):
    """What was told of before, by fingerprint, and until when was looked."""

    until: datetime | None = None
    failures: dict[str, Times] = {}

    def since(self, usual: datetime, oldest: datetime) -> datetime:
        """Return from when on to look: where the last look ended, if that is before *usual*.

        What is before *oldest* is gone.
        """
        return usual if self.until is None else max(oldest, min(usual, self.until))

    def is_new(self, failure: Failure, since: datetime) -> bool:
        """Return whether nobody was told of *failure*: the logs have it from *since* on only."""
        return failure.fingerprint not in self.failures and failure.first >= since

    def known(self, failure: Failure) -> Failure:
        """Return *failure* with when it was really seen first."""
        times = self.failures.get(failure.fingerprint)
        return replace(failure, first=min(times.first, failure.first)) if times else failure

    def with_all(self, failures: Iterable[Failure], now: datetime) -> "Seen":
        """Return this with *failures* in it, and without what was forgotten by *now*."""
        found = {each.fingerprint: self.known(each) for each in failures}
        times = {name: Times(first=each.first, last=each.last) for name, each in found.items()}
        every = {**self.failures, **times}
        return Seen(
            until=now,
            failures={name: each for name, each in every.items() if now - each.last < FORGOTTEN},
        )


def place(local: Path, stack: str) -> Path:
    """Return where it is kept for *stack*, below the private folder *local* of a clone."""
    return local / "watch" / f"{stack}-errors.json"


def read(file: Path) -> Seen:
    """Read *file*; nothing was told where there is none, or it cannot be read."""
    try:
        return Seen.model_validate_json(file.read_bytes())
    except (OSError, ValidationError, json.JSONDecodeError):
        return Seen()


def write(file: Path, seen: Seen) -> None:
    """Write *seen* to *file*, for its owner only."""
    file.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    write_private(file, seen.model_dump_json(indent=2) + "\n")
