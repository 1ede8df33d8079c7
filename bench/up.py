"""A `make up` that changes nothing, a cold preview, and the first request after a `make up`.

With another checkout that was set up (`--against PATH`) both are measured in turn, so that what
else the machine does falls on both alike. Each is a copy with a local Cloudflare of its own.
"""

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import cpu_by_kind
from harness.clone import ROOT, Clone, make_set_up_clone
from harness.figure import Figure

ROUNDS = 5
COLD_ROUNDS = 3
FIRST_MS = re.compile(r"^\S+ +\d+ ms(?: slow)? +(\d+) ms", re.MULTILINE)
"""A row of the table of service levels: startup, first request."""


@dataclass(frozen=True)
class Took:
    """Seconds of one command and of all that it started."""

    wall: float
    cpu: float
    said: str = ""


def figures(against: Path | None = None) -> Iterator[Figure]:
    """Measure; takes about two minutes, and twice that beside another checkout."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ours = stack.enter_context(_running(Path(folder) / "ours", ROOT))
        theirs = None
        if against:
            theirs = stack.enter_context(_running(Path(folder) / "theirs", against))
        yield from _unchanged(ours, theirs)
        yield from _cold(ours, theirs)
        yield from _first(ours)


def _unchanged(ours: Clone, theirs: Clone | None) -> Iterator[Figure]:
    pairs = [(_make_up(ours), theirs and _make_up(theirs)) for _ in range(ROUNDS)]
    how = f"nothing changed since the last one, median of {ROUNDS}"
    yield Figure("make up", _median(a.wall for a, _ in pairs), "s", how)
    yield Figure("make up, all processes", _median(a.cpu for a, _ in pairs), "CPU s", "the same")
    yield from _ratios("make up", [(a, b) for a, b in pairs if b], 0.4)
    for kind, seconds in cpu_by_kind(_make(ours), ours.root, _environment(ours)).items():
        yield Figure(f"of it: {kind}", seconds, "CPU s", "one of them, each process at its end")


def _cold(ours: Clone, theirs: Clone | None) -> Iterator[Figure]:
    """Preview with an empty state, the bundles gone."""
    pairs = [(_preview(ours), theirs and _preview(theirs)) for _ in range(COLD_ROUNDS)]
    how = f"nothing deployed, nothing bundled, median of {COLD_ROUNDS}"
    yield Figure("cold preview", _median(a.wall for a, _ in pairs), "s", how)
    yield from _ratios("cold preview", [(a, b) for a, b in pairs if b], 0.9)


def _first(ours: Clone) -> Iterator[Figure]:
    """Ask after a `make up` that has started everything anew: every isolate is cold."""
    slowest = []
    for _ in range(COLD_ROUNDS):
        ours.local("stop")
        slowest.append(max(map(float, FIRST_MS.findall(_make_up(ours).said))))
    how = f"the slowest host after a start of everything, median of {COLD_ROUNDS}"
    yield Figure("first request after make up", _median(slowest), "ms", how, 300.0)


def _ratios(what: str, pairs: list[tuple[Took, Took]], target: float) -> Iterator[Figure]:
    if not pairs:
        return
    wall = _median(ours.wall / theirs.wall for ours, theirs in pairs)
    cpu = _median(ours.cpu / theirs.cpu for ours, theirs in pairs)
    yield Figure(f"{what} against the other", wall, "times", "pairs in turn, median", target)
    yield Figure(f"{what} against the other, CPU", cpu, "times", "the same pairs", target)


@contextmanager
def _running(folder: Path, source: Path) -> Iterator[Clone]:
    """Copy *source*, deploy the copy, and stop it afterwards."""
    clone = make_set_up_clone(folder, source)
    try:
        for _ in range(2):  # the second notes what the bundles were made from
            _make_up(clone)
        yield clone
    finally:
        clone.local("stop")


def _make(clone: Clone) -> list[str]:
    return ["make", "--no-print-directory", "-C", str(clone.root), "up"]


def _make_up(clone: Clone) -> Took:
    return _timed(_make(clone), clone)


def _preview(clone: Clone) -> Took:
    python = str(clone.root / ".venv" / "bin" / "python")
    for step in (["destroy", "development", "--yes"], ["preview", "development"]):
        for made in (clone.root / ".build").glob("*/*"):
            made.unlink()
        took = _timed([python, "-m", "ops", *step], clone)
    return took


def _timed(command: list[str], clone: Clone) -> Took:
    before, begun = _cpu(), time.perf_counter()
    done = subprocess.run(
        command,
        cwd=clone.root,
        env=_environment(clone),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    took = Took(time.perf_counter() - begun, _cpu() - before, done.stdout)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return took


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _environment(clone: Clone) -> dict[str, str]:
    """Let both be set up by this Python, and keep what Python compiles, as on a laptop."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    home = str(clone.root / ".local" / "home")
    return {"CHITTYOS_PLUGIN": "stand-in", **own, "PULUMI_HOME": home, "PYTHON": sys.executable}


def _median(values: Iterator[float] | list[float]) -> float:
    return statistics.median(values)
