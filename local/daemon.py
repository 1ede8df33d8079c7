"""The local Cloudflare in the background: started, found again, stopped.

A lock in its directory says whether it runs. The kernel drops it with the process, so a killed
daemon is never taken for a running one, and a reused process id never for the daemon.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from local.home import Home, HomeError, Settings
from local.ports import is_free
from local.server import HOST, port_taken

START_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.1
PROJECT = Path(__file__).parents[1]


def running_pid(home: Home) -> int | None:
    """Find the process that serves *home*, `None` when there is none."""
    try:
        descriptor = os.open(home.lock, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return int(os.read(descriptor, 32) or b"0")
    else:
        return None
    finally:
        os.close(descriptor)


def start(home: Home, settings: Settings) -> dict[str, Any]:
    """Start the daemon and wait until it answers; its status comes back."""
    with _alone(home):
        for name, port in settings.ports.items():
            if not is_free(port):
                raise HomeError(port_taken(name, port))
        process = _spawn(home)
        return _await_ready(home, process)


def stop(home: Home) -> bool:
    """Stop the daemon, gently, then by force. Whether there was one."""
    pid = running_pid(home)
    if pid is None:
        return False
    _signal(pid, signal.SIGTERM)
    if not _wait(lambda: running_pid(home) is None, STOP_SECONDS):
        _signal(pid, signal.SIGKILL)
        _wait(lambda: running_pid(home) is None, STOP_SECONDS)
    return True


def ask(home: Home, method: str, path: str, **sent: Any) -> Any:
    """Ask the running daemon; the result of its answer comes back."""
    address = f"http://{HOST}:{home.settings().api_port}{path}"
    headers = {"authorization": f"Bearer {home.token()}"}
    try:
        answer = httpx.request(method, address, headers=headers, timeout=30, **sent)
    except httpx.TransportError as error:
        raise HomeError(f"{address} does not answer: {error}") from error
    body = answer.json()
    if not body["success"]:
        raise HomeError(body["errors"][0]["message"])
    return body["result"]


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Keep two starts at the same time from meeting."""
    home.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(home.directory / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _spawn(home: Home) -> subprocess.Popen[bytes]:
    home.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with home.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "local", "serve", "--dir", str(home.directory)],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _await_ready(home: Home, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise HomeError(_last_words(home))
        try:
            return dict(ask(home, "GET", "/local/status"))
        except HomeError:
            time.sleep(POLL_SECONDS)
    process.terminate()
    raise HomeError(f"the local Cloudflare did not answer in {START_SECONDS} s; see {home.log}")


def _last_words(home: Home) -> str:
    lines = home.log.read_text(errors="replace").strip().splitlines()
    last = lines[-1] if lines else "it said nothing"
    return f"the local Cloudflare did not start: {last.removeprefix('error: ')} (log: {home.log})"


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
