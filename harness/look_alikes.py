"""The look-alikes on free ports, for tests and benches: of models, 1Password, Stripe, Pulumi."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True)
class OnePasswordConnect:
    """A running one, with the folder that it keeps its state in."""

    url: str
    folder: Path

    def token(self, name: str) -> str:
        """Return the token *name* as it was issued."""
        return (self.folder / "tokens" / name).read_text()

    def control(self, method: str, path: str, **sent: Any) -> Any:
        """Steer it: *path* is below its controls. Returns what it answers."""
        url = f"{self.url}/look-alike{path}"
        answer = httpx.request(method, url, timeout=10, verify=trusted_at(url), json=sent)
        answer.raise_for_status()
        return answer.json() if answer.content else None


@dataclass(frozen=True)
class PulumiCloud:
    """A running one, with the folder that it keeps stacks in."""

    url: str
    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """Return what leads an engine there."""
        token = (self.folder / "access-token").read_text()
        return {"PULUMI_BACKEND_URL": self.url, "PULUMI_ACCESS_TOKEN": token}


@contextmanager
def model_providers() -> Iterator[ModelProviders]:
    """Start them on a port that nobody listens on, and stop them at the end."""
    with _running("lookalikes.model_providers", "/calls", []) as url:
        yield ModelProviders(url)


@contextmanager
def stripe_payments() -> Iterator[str]:
    """Start the one of Stripe; its address."""
    with _running("lookalikes.stripe_payments", "/", []) as url:
        yield url


@contextmanager
def onepassword_connect(folder: Path, seed: Path | None = None) -> Iterator[OnePasswordConnect]:
    """Start one that keeps its state in *folder*; with *seed*, it begins with that."""
    options = [f"--data={folder}", "--controls", *([f"--seed={seed}"] if seed else [])]
    with _running("lookalikes.onepassword_connect", "/heartbeat", options) as url:
        yield OnePasswordConnect(url, folder)


@contextmanager
def pulumi_cloud(folder: Path, *options: str) -> Iterator[PulumiCloud]:
    """Start one that keeps its stacks in *folder*; *options* as its command has them."""
    given = [f"--data={folder}", *options]
    with _running("lookalikes.pulumi_cloud", "/api/capabilities", given) as url:
        yield PulumiCloud(url, folder)


@contextmanager
def _running(module: str, path: str, options: Sequence[str]) -> Iterator[str]:
    """Run *module* until it answers at *path*, and stop it at the end; its address."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", module, f"--port={port}", *options]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL)
    url = f"http://{HOST}:{port}"
    try:
        _await(f"{url}{path}", process)
        yield url
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _get(url)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the look-alike does not answer at {url}")


def _get(url: str) -> httpx.Response:
    return httpx.get(url, timeout=10, verify=trusted_at(url))
