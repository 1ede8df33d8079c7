"""The tests as `make unit` runs them: side by side, and what failed once more alone.

Run as `python -m harness.suite [arguments of pytest]`. A machine that is too busy makes a test late
that waits for something; alone it passes. A test that is wrong fails alone, too, and so does the
suite. What passed only alone is named in the last line, for somebody has to mend it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from common.locks import holder_of
from toolchain import engine

MOST = 3
"""Failures that may be the machine's fault. More of them are not run again."""

SIDE_BY_SIDE = ("-q", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
ALONE = ("-q", "-n", "0")
TESTS_FAILED = 1
"""Status of pytest when tests ran and some failed; any other is no matter of a busy machine."""

RUNTIME, ENGINE = "workerd", "engine"
"""Marks of tests that take long: those of the runtime, and those that run the engine."""

SHARING = ("tests/engine/connect_host/", "tests/ops/state_")
"""Beginnings of the names of files that share what takes long to be there: the host of Connect on
an engine; a local Cloudflare for its buckets, and a stack whose states are moved about."""

POLL_SECONDS = 0.5

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made there has a name of its own, and is ours alone
"""The folder in memory that Linux has; other systems have none."""

NEEDED_BYTES = 6 << 30
"""How much of it, and of all memory, has to be free: tests side by side write up to a third."""

_FAILED = Path(".pytest_cache/v/cache/lastfailed")


def run(arguments: Sequence[str], folder: Path | None = None) -> int:
    """Run the tests of *folder* (default: here) and return the status to end with."""
    with _scratch() as options:
        return _run(arguments, options, folder or Path())


def _run(arguments: Sequence[str], options: Sequence[str], root: Path) -> int:
    (root / _FAILED).unlink(missing_ok=True)  # what failed in a run before is none of this one
    status = _pytest(root, [*SIDE_BY_SIDE, *options, *arguments])
    failed = _failed(root)
    if status != TESTS_FAILED or not 0 < len(failed) <= MOST:
        return status
    _say(f"once more, alone: {', '.join(failed)}")
    again = _pytest(root, [*ALONE, *options, *failed])
    if again == 0:
        _say(f"passed only when run alone, so mend them: {', '.join(failed)}")
    return again


def place(marks: Collection[str]) -> int:
    """Return the place of a file whose tests have *marks*: the longest come first.

    Those that run the engine are second: where it has to be built, that goes on beside the first.
    """
    return 1 if ENGINE in marks else 0 if RUNTIME in marks else 2


def shared(test: str) -> str | None:
    """Return what the names of files begin with that one process has to run with that of *test*.

    `None`: its file is alone.
    """
    return next((each for each in SHARING if test.startswith(each)), None)


def await_engine(places: engine.Places) -> None:
    """Wait while somebody makes the engine of *places*; one that nobody makes is not waited for."""
    while holder_of(places.making) and engine.find(places) is None:
        time.sleep(POLL_SECONDS)


@contextmanager
def _scratch() -> Iterator[tuple[str, ...]]:
    """Give the options by which tests write into memory, and free it afterwards.

    What a local Cloudflare or an engine keeps is flushed to its disk time and again, for which
    tests would wait. Where memory is scarce, or is no folder, pytest writes where it always does.
    """
    if not _has_room():
        yield ()
        return
    with tempfile.TemporaryDirectory(
        prefix="chittyos-tests-", dir=MEMORY, ignore_cleanup_errors=True
    ) as folder:
        yield (f"--basetemp={folder}/all",)


def _has_room() -> bool:
    try:
        told = Path("/proc/meminfo").read_text(encoding="ascii")
        folder = os.statvfs(MEMORY)
    except OSError:
        return False
    if folder.f_flag & os.ST_NOEXEC:  # so it is in many containers; tests write programs, too
        return False
    fields = dict(line.split(":", 1) for line in told.splitlines())
    available = int(fields.get("MemAvailable", "0 kB").split()[0]) << 10
    return min(folder.f_bavail * folder.f_frsize, available) >= NEEDED_BYTES


def _pytest(root: Path, arguments: Sequence[str]) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=root, check=False
    ).returncode


def _failed(root: Path) -> list[str]:
    try:
        return sorted(json.loads((root / _FAILED).read_text()))
    except FileNotFoundError:
        return []


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
