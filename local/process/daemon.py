"""The local Cloudflare in the background: started, found again, stopped.

A lock in its directory says whether it runs. The kernel drops it with the process, so a killed
daemon is never taken for a running one, and a reused process id never for the daemon.
"""

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

from common.certificates import trusted_at
from common.files import PRIVATE_FOLDER
from common.json_types import Json
from common.locks import exclusive, holder_of
from local.errors import ERROR, HomeError
from local.process.home import Home
from local.process.ports import HOST, holder, is_free, port_taken
from local.process.settings import Changes, Settings

START_SECONDS = 60
STOP_SECONDS = 20
ANSWER_SECONDS = 30
POLL_SECONDS = 0.1
LOCK_TRIES = 5
"""How often a lock is read that names nobody: its process writes itself in after taking it."""

PROJECT = Path(__file__).parents[2]

Report = Callable[[str], None]


class NoAnswerError(HomeError):
    """Nothing answers at the address of the API."""


def running_pid(home: Home) -> int | None:
    """Find the process that serves *home*, `None` when there is none."""
    for _ in range(LOCK_TRIES):
        named = holder_of(home.lock)
        if named is None:
            return None
        if named.isdigit() and int(named):  # 0 would be every process of the caller
            return int(named)
        time.sleep(POLL_SECONDS)
    raise HomeError(
        f"{home.lock}: the process that holds it does not stand in it; end "
        f"`python -m local serve --dir {home.directory}` by hand, then run `make start`"
    )


def start(home: Home, changes: Changes, report: Report) -> Json:
    """Have it run with *changes* to its settings, and answer; return its status.

    One that runs with other settings is started again: records and data stay. *report* is told what
    is done about one that runs, or is being started.
    """
    with _alone(home, report):
        pid = running_pid(home)
        if pid is None:
            return _start(home, home.planned(changes))
        if why := _outdated(home, changes):
            return _restart(home, changes, why, report)
        report(f"already running (process {pid})")
        return _await_ready(home, lambda: bool(running_pid(home)), _log_size(home))


def stop(home: Home) -> bool:
    """Stop the daemon, gently, then by force. Return whether there was one."""
    pid = running_pid(home)
    if pid is None:
        return False
    _signal(pid, signal.SIGTERM)
    if not _wait(lambda: running_pid(home) is None, STOP_SECONDS):
        _signal(pid, signal.SIGKILL)
        _wait(lambda: running_pid(home) is None, STOP_SECONDS)
    return True


def reset(home: Home, report: Report) -> list[str]:
    """Stop the daemon and delete all records and data.

    Returns the names of damaged files that went with them.
    """
    if not home.directory.exists():
        return []
    with _alone(home, report):
        stop(home)
        return home.reset()


def ask(home: Home, method: str, path: str, **sent: Any) -> Any:
    """Ask the running daemon; return the result of its answer."""
    port = home.settings().api_port
    address = f"http://{HOST}:{port}{path}"
    headers = {"authorization": f"Bearer {home.token()}"}
    try:
        with httpx.Client(timeout=ANSWER_SECONDS, verify=trusted_at(address)) as client:
            answer = client.request(method, address, headers=headers, **sent)
    except httpx.TransportError as error:
        raise NoAnswerError(
            f"{HOST}:{port} does not answer: {error}; run `make start` to start the local "
            "Cloudflare"
        ) from error
    return _result(answer, port, home)


def _result(answer: httpx.Response, port: int, home: Home) -> Any:
    try:
        body = answer.json()
        succeeded = body["success"]
    except (ValueError, KeyError, TypeError) as error:
        raise _other(port, "is not the local Cloudflare") from error
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise _other(port, f"does not know the token in {home.token_file}")
    if not succeeded:
        raise HomeError(body["errors"][0]["message"])
    return body["result"]


def _other(port: int, what: str) -> HomeError:
    """Make the error for an answer by a program that is not the daemon of this directory."""
    again = "run `make down`, then `make start`"
    return HomeError(f"{holder(port)} answers at port {port}, but {what}; {again}")


@contextmanager
def _alone(home: Home, report: Report) -> Iterator[None]:
    """Keep two starts at the same time from meeting: the second waits for the first."""
    home.directory.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)

    def on_wait(_holder: str) -> None:
        report("another start or reset is under way; waiting for it")

    with exclusive(home.directory / "start.lock", on_wait=on_wait):
        yield


def _outdated(home: Home, changes: Changes) -> str | None:
    """Return why what runs is not what was asked for."""
    for file in (home.settings_file, home.token_file, home.credentials_file):
        if not file.exists():
            return f"{file} is gone"
    differences = home.settings().differences(home.planned(changes))
    if differences:
        return f"settings changed ({', '.join(differences)})"
    deleted = _deleted_data(home)
    return f"the data of {', '.join(deleted)} was deleted" if deleted else None


def _deleted_data(home: Home) -> list[str]:
    """Ask which data was deleted while it ran; nothing when it is still starting."""
    try:
        return list(ask(home, "GET", "/local/status")["losses"]["deleted"])
    except NoAnswerError:
        return []


def _need_ports(settings: Settings, held: frozenset[int] = frozenset()) -> None:
    """Refuse ports that another program has; those in *held* are our own."""
    for name, port in settings.ports.items():
        if port not in held and not is_free(port):
            raise HomeError(port_taken(name, port))


def _restart(home: Home, changes: Changes, why: str, report: Report) -> Json:
    """Start it anew with *changes*; it runs on when it could not come up again."""
    settings = home.planned(changes)
    own = home.settings() if home.settings_file.exists() else settings
    _need_ports(settings, frozenset(own.ports.values()))
    report(f"{why}: it is started again, records and data stay")
    stop(home)
    return _start(home, settings)


def _start(home: Home, settings: Settings) -> Json:
    """Begin a daemon and wait for it, or for one that came before it; a failed one is ended."""
    _need_ports(settings)
    home.keep(settings)
    home.prepare()
    began = _log_size(home)
    process = _spawn(home)
    try:
        return _await_ready(home, lambda: process.poll() is None or bool(running_pid(home)), began)
    except BaseException:
        process.terminate()
        raise


def _spawn(home: Home) -> subprocess.Popen[bytes]:
    home.log.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    with home.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "local", "serve", "--dir", str(home.directory)],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _await_ready(home: Home, alive: Callable[[], bool], began: int) -> Json:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            return dict(ask(home, "GET", "/local/status"))
        except NoAnswerError:
            if not alive():
                raise HomeError(_last_words(home, began)) from None
            time.sleep(POLL_SECONDS)
    raise HomeError(f"the local Cloudflare did not answer in {START_SECONDS} s; see {home.log}")


def _log_size(home: Home) -> int:
    return home.log.stat().st_size if home.log.exists() else 0


def _last_words(home: Home, began: int) -> str:
    """Return why a daemon ended, by what it wrote into the log after *began* bytes."""
    text = home.log.read_bytes()[began:].decode(errors="replace") if home.log.exists() else ""
    lines = text.strip().splitlines() or ["it wrote nothing"]
    errors = [line for line in lines if line.startswith(ERROR)]
    last = (errors or lines)[-1].removeprefix(ERROR)
    return f"the local Cloudflare did not start: {last} (log: {home.log})"


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
