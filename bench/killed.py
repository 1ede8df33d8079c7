"""An `up` killed at twenty seeded points and run again: repaired, converged, nothing left."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from harness.figure import Figure

POINTS = 20
TEST = "tests/ops/crash_recovery/test_killed_up.py"
ROOT = Path(__file__).resolve().parents[1]


def figures() -> Iterator[Figure]:
    """Run the test of `make test` with more points; takes about fifteen minutes."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--no-header", TEST, "-k", "killed_up_is_repaired"],
        cwd=ROOT,
        env={**os.environ, "KILL_POINTS": str(POINTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)  # which points, and what the repair said
    passed = re.search(r"(\d+) passed", done.stdout)
    converged = int(passed.group(1)) if passed else 0
    how = f"of {POINTS} seeded points: killed, run again, previewed, destroyed"
    yield Figure("killed runs that converged", converged, "runs", how, POINTS, "higher")
    each = (time.perf_counter() - begun) / POINTS
    yield Figure("kill, repair and destroy", each, "s", "the same runs, on average")
