"""What `ops drift` takes beside a refresh of the engine alone, which only looks as well."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from harness.clone import Clone, make_clone
from harness.figure import Figure

ROUNDS = 5
MOST = 1.2
"""Times what the engine's own takes."""

ENGINE = ("refresh", "--preview-only", "--non-interactive", "--stack", "development")


def figures() -> Iterator[Figure]:
    """Measure; takes about two minutes."""
    with tempfile.TemporaryDirectory() as folder:
        clone = make_clone(Path(folder) / "clone")
        try:
            for step in (("start",), ("up", "development")):
                _done(clone.ops(*step).code, step)
            exports = clone.ops("env", "development").out
            rounds = [(_ours(clone), _engines(clone, exports)) for _ in range(ROUNDS + 1)][1:]
        finally:
            clone.local("stop")
    ratio = statistics.median(ours / engines for ours, engines in rounds)
    how = f"development, whole processes, median of {ROUNDS} pairs in turn"
    yield Figure("drift against a refresh of the engine", ratio, "times", how, MOST)
    yield Figure("drift", statistics.median(ours for ours, _ in rounds), "s", "the same runs")
    yield Figure("refresh", statistics.median(each for _, each in rounds), "s", "the same runs")


def _ours(clone: Clone) -> float:
    begun = time.perf_counter()
    _done(clone.ops("drift", "development").code, ("drift",))
    return time.perf_counter() - begun


def _engines(clone: Clone, exports: str) -> float:
    command = ["/bin/sh", "-euc", f'{exports}\nexec pulumi "$@"', "sh", *ENGINE]
    begun = time.perf_counter()
    done = subprocess.run(
        command, cwd=clone.root, env=os.environ, capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - begun
    _done(done.returncode, ENGINE)
    return took


def _done(code: int, step: tuple[str, ...]) -> None:
    if code:
        raise SystemExit(f"{' '.join(step)} ended with {code}")
