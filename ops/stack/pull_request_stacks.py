"""Stacks of pull requests, `pr-<number>`, that are wanted no longer."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.errors import SentenceError
from ops.paths import Paths
from ops.stack import local_integrity, removal
from ops.stack.target import read_target

NAME = re.compile(r"pr-([1-9][0-9]{0,8})")


@dataclass(frozen=True)
class Throwaway:
    """A stack of one pull request."""

    stack: str
    number: int
    changed: datetime | None
    """When its state was last written. `None`: the state does not say."""

    fault: str = ""
    """Why its file cannot be read. Default: it can, or there is none."""


@dataclass(frozen=True)
class Verdict:
    """Whether a stack goes, and why."""

    of: Throwaway
    goes: bool
    why: str

    def __str__(self) -> str:
        return f"{self.of.stack}: {'' if self.goes else 'stays; '}{self.why}"


def found(paths: Paths) -> Iterator[Throwaway]:
    """Yield the stacks of pull requests that have a state on this machine, by their number.

    No other is looked at: not one that only begins so, nor one whose file says that it is none of
    development. One whose file cannot be read is yielded with its fault.
    """
    names = ((stack, NAME.fullmatch(stack)) for stack in local_integrity.stacks(paths))
    numbered = sorted((int(match[1]), stack) for stack, match in names if match)
    for number, stack in numbered:
        try:
            may_go = _may_go(paths, stack)
        except SentenceError as error:
            yield Throwaway(stack, number, None, str(error))
            continue
        if may_go:
            yield Throwaway(stack, number, _changed(paths, stack))


def judge(
    each: Throwaway, now: datetime, days: int, open_numbers: Collection[int] | None
) -> Verdict:
    """Return whether a stack goes: its pull request is closed, or it is as it was for *days*.

    *open_numbers*: the pull requests that are open. `None`: nobody was asked, only age counts.
    """
    if each.fault:
        return Verdict(each, goes=False, why=each.fault)
    if open_numbers is not None and each.number not in open_numbers:
        return Verdict(each, goes=True, why=f"pull request {each.number} is not open")
    if each.changed is None:
        return Verdict(each, goes=False, why="its state does not say when it was written")
    age = now - each.changed
    return Verdict(each, age >= timedelta(days=days), f"last changed {_told(age)} ago")


def _may_go(paths: Paths, stack: str) -> bool:
    """Return whether its file says so too; without one its `destroy` says what is missing."""
    if not paths.tracked(stack).exists():
        return True
    return removal.is_throwaway(read_target(paths, stack))


def _changed(paths: Paths, stack: str) -> datetime | None:
    manifest = (local_integrity.stored(paths, stack) or {}).get("manifest") or {}
    try:
        written = datetime.fromisoformat(str(manifest.get("time")))
    except ValueError:
        return None
    return written if written.tzinfo else None


def _told(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"  # noqa: PLR2004
