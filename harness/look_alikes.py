"""The look-alikes of model providers on a free port, for tests and benches."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from common.certificates import trusted_at

HOST = "127.0.0.1"
PROJECT = Path(__file__).parents[1]
START_SECONDS = 60
STOP_SECONDS = 30


@dataclass(frozen=True)
class ModelProviders:
    """Running ones."""

    url: str

    def calls(self) -> list[dict[str, Any]]:
        """Return what became of the calls, the oldest first."""
        told: list[dict[str, Any]] = _get(f"{self.url}/calls").json()
        return told


@contextmanager
def model_providers() -> Iterator[ModelProviders]:
    """Start them on a port that nobody listens on, and stop them at the end."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "lookalikes.model_providers", f"--port={port}"]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL)
    try:
        yield _ready(ModelProviders(f"http://{HOST}:{port}"), process)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _ready(started: ModelProviders, process: subprocess.Popen[bytes]) -> ModelProviders:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            started.calls()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return started
    raise AssertionError(f"the look-alikes do not answer at {started.url}")


def _get(url: str) -> httpx.Response:
    return httpx.get(url, timeout=10, verify=trusted_at(url))
