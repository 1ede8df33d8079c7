"""The host of Connect on a real Docker Engine under 100 requests a second: what memory it takes."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.figure import Figure

TEST = "tests/engine/connect_host/test_memory.py"
ROOT = Path(__file__).resolve().parents[2]
SECONDS, RATE = 60, 100
MEGABYTE = 1 << 20
HALF_OF_THE_SOURCE = 1000
"""Megabytes: half of the 2 GB that the source gives the machine."""

REAL = ("nginx", "health")
"""Containers whose programs are no stubs here."""


def figures() -> Iterator[Figure]:
    """Run the test of `make test` with a longer load."""
    found = _measured()
    containers, engine = found["containers"], found["engine"] / MEGABYTE
    used = sum(containers.values()) / MEGABYTE
    how = f"{SECONDS} s of {RATE} mixed requests/s of many clients, all answered"
    most = "what all containers may take, which the kernel holds them to, and the engine"
    yield Figure(
        "memory of the host",
        used + engine,
        "MiB",
        f"containers and engine; {how}",
        HALF_OF_THE_SOURCE,
    )
    yield Figure(
        "most that it may be", found["limits"] / MEGABYTE + engine, "MiB", most, HALF_OF_THE_SOURCE
    )
    real = sum(containers[name] for name in REAL) / MEGABYTE
    yield Figure("nginx and aggregator", real, "MiB", "the same requests, at most", 40)
    yield Figure("engine", engine, "MiB", "dockerd, containerd and a shim for each container")
    came = found["came"]
    rate = sum(came["statuses"].values()) / came["seconds"]
    yield Figure("answered", rate, "requests/s", "the same requests", RATE * 0.99, "higher")


def _measured() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        given = {"CONNECT_LOAD_SECONDS": str(SECONDS), "CONNECT_FIGURES": str(file)}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--no-header", "-n", "0", TEST],
            cwd=ROOT,
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not file.exists():
            raise SystemExit(f"{TEST} did not measure:\n{done.stdout}")
        return json.loads(file.read_text())
