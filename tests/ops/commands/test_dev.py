"""`make dev` on the real local Cloudflare: what is saved answers, what is wrong is said.

The tests of this file follow one run of it, in their order; those at the end begin their own.
"""

import asyncio
import json
import os
import queue
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from harness.clone import ACCOUNT, Clone
from tests.support_runtime import COUNTING_SOCKETS

pytestmark = [pytest.mark.engine, pytest.mark.workerd, pytest.mark.timeout(300)]

PATIENCE = 60.0
SCRIPT = "chittyid-development"
WITH_OBJECTS = "chittyconnect-development"
ALSO_WITH_OBJECTS = "chittyops-project-awareness-development"
BOUND_TOGETHER = [
    "superinstance-billing-development",
    "superinstance-router-development",
    "superinstance-session-state-development",
]
SYNC = "superinstance-sync-development"
WATCHER = "chittyops-project-awareness-watch-development"
ENTRY = "systems/chittyid/workers/id/index.ts"
ENTRY_WITH_OBJECTS = "systems/chittyconnect/workers/connect/index.ts"
HOST = "id-development.chitty.cc"
HOST_WITH_OBJECTS = "connect-development.chitty.cc"
APART = "apart.chitty.cc"
MARKED = """
const served = app.fetch.bind(app);
app.fetch = async (...given: Parameters<typeof served>) => {
  const found = await served(...given);
  const answer = new Response(found.body, found);
  answer.headers.set("x-saved", "VERSION");
  return answer;
};
"""
"""Put after an entry module; `app` is what it exports by default."""


SESSION = {"chittyId": "CHITTY-1", "sessionId": "s-1", "metadata": {"step": 1}}


class Terminal:
    """A running `ops dev`, and what it has printed."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self._new: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def awaits(self, pattern: str, seconds: float = PATIENCE) -> "re.Match[str]":
        """Wait for a new line in which *pattern* is found."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            try:
                line = self._new.get(timeout=0.1)
            except queue.Empty:
                continue
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"{pattern} never came:\n{''.join(self.lines)}")

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def end(self) -> None:
        """Kill it if it runs, with what it began."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._reader.join(30)
        with self.process:
            self.process.wait(30)

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line)
            self._new.put(line)


@contextmanager
def developing(clone: Clone, *arguments: str) -> Iterator[Terminal]:
    process = clone.begin("dev", *arguments)
    terminal = Terminal(process)
    try:
        terminal.awaits("Ctrl-C ends it")
        yield terminal
    finally:
        terminal.end()


@pytest.fixture(scope="module")
def deployed(clone: Clone) -> Clone:
    done = clone.ops("up", "development")
    assert done.code == 0, done.said
    upload_apart(clone)
    return clone


@pytest.fixture(scope="module")
def terminal(deployed: Clone) -> Iterator[Terminal]:
    with developing(deployed) as begun:
        yield begun


@pytest.fixture
def entry(deployed: Clone) -> Iterator[Path]:
    yield from restored(deployed.root / ENTRY)


def restored(file: Path) -> Iterator[Path]:
    text = file.read_text()
    yield file
    file.write_text(text)


def upload_apart(clone: Clone) -> None:
    """Put a worker with a Durable Object and WebSockets beside those of the stack."""
    metadata = {
        "main_module": "w.mjs",
        "compatibility_date": "2026-11-01",
        "bindings": [{"name": "ECHO", "type": "durable_object_namespace", "class_name": "Echo"}],
        "migrations": {"new_tag": "v1", "new_sqlite_classes": ["Echo"]},
    }
    put(
        clone,
        "/workers/scripts/apart",
        files={
            "metadata": (None, json.dumps(metadata), "application/json"),
            "w.mjs": ("w.mjs", COUNTING_SOCKETS, "application/javascript+module"),
        },
    )
    put(clone, "/workers/domains", json={"hostname": APART, "service": "apart"})


def put(clone: Clone, path: str, **sent: Any) -> None:
    url = f"http://127.0.0.1:{clone.port}/client/v4/accounts/{ACCOUNT}{path}"
    answer = httpx.put(url, headers=authorized(clone), timeout=60, **sent)
    assert answer.is_success, answer.text


def authorized(clone: Clone) -> dict[str, str]:
    token = (clone.root / ".local/cloudflare/token").read_text().strip()
    return {"Authorization": f"Bearer {token}"}


def status(clone: Clone) -> Any:
    url = f"http://127.0.0.1:{clone.port}/local/status"
    return httpx.get(url, headers=authorized(clone), timeout=30).json()["result"]


def saved(clone: Clone, host: str = HOST) -> str:
    """Which version answers at *host*."""
    return str(clone.ask(host, "GET", "/health").headers.get("x-saved", "none"))


def save(file: Path, version: str, before: str | None = None) -> None:
    """Save *file* as it is, or as it was *before*, marked with *version*."""
    file.write_text((before or file.read_text()) + MARKED.replace("VERSION", version))


def answers(clone: Clone, version: str, host: str = HOST) -> None:
    """Wait until *version* answers: what a test before this one saved may be served first."""
    eventually(lambda: saved(clone, host) == version)


def test_it_says_what_is_developed_and_where(terminal, deployed):
    said = "".join(terminal.lines)

    address = f"http://{HOST}.localhost:{deployed.port + 1}"
    assert re.search(rf"^{SCRIPT} +{ENTRY} +{re.escape(address)}", said, re.MULTILINE)
    sides = status(deployed)["runtime"]["development"]
    apart = sorted(side["workers"] for side in sides)
    alone = [[WITH_OBJECTS], [SCRIPT], [ALSO_WITH_OBJECTS], [WATCHER]]
    assert apart == [*alone, BOUND_TOGETHER, [SYNC]]


def test_a_saved_file_answers_in_its_host(terminal, deployed, entry):
    before = deployed.api(f"/workers/scripts/{SCRIPT}/settings")
    assert saved(deployed) == "none"

    save(entry, "one")
    answers(deployed, "one")

    found = terminal.awaits(rf"^\d\d:\d\d:\d\d {SCRIPT} reloaded in (\d+\.\d\d) s$")
    assert 0 < float(found[1]) < PATIENCE
    assert deployed.api(f"/workers/scripts/{SCRIPT}/settings") == before
    assert status(deployed)["developed"].keys() == {SCRIPT}


def test_a_syntax_error_is_shown_with_its_line(terminal, deployed, entry):
    text = entry.read_text()
    save(entry, "two", text)
    answers(deployed, "two")
    number = len(text.splitlines()) + 1

    entry.write_text(f"{text}const = 1;\n")
    terminal.awaits(rf"{SCRIPT} does not bundle; the code before it still serves$")
    terminal.awaits(rf"^  {ENTRY}:{number}:7: ")
    terminal.awaits(r"^    const = 1;$")
    terminal.awaits(r"^          \^$")
    assert saved(deployed) == "two"

    save(entry, "three", text)
    answers(deployed, "three")


def test_a_throw_at_start_is_shown_with_its_line(terminal, deployed, entry):
    text = entry.read_text()
    save(entry, "four", text)
    answers(deployed, "four")
    number = len(text.splitlines()) + 1

    entry.write_text(f'{text}throw new Error("no good start");\n')
    terminal.awaits(rf"{SCRIPT} does not start; the code before it still serves$")
    terminal.awaits(rf"^  {ENTRY}:{number}:7: .*no good start")
    terminal.awaits(r'^    throw new Error\("no good start"\);$')
    assert saved(deployed) == "four"


def test_a_deleted_file_leaves_the_old_code_serving(terminal, deployed, entry):
    text = entry.read_text()
    save(entry, "five", text)
    answers(deployed, "five")

    entry.unlink()
    terminal.awaits(rf"{SCRIPT} does not bundle")
    terminal.awaits("index.ts")
    assert saved(deployed) == "five"

    save(entry, "six", text)
    answers(deployed, "six")


@pytest.mark.usefixtures("terminal")
def test_two_files_saved_at_once_answer_both(deployed, entry):
    other = deployed.root / ENTRY_WITH_OBJECTS
    text = other.read_text()
    try:
        save(entry, "seven")
        save(other, "seven")
        answers(deployed, "seven")
        answers(deployed, "seven", HOST_WITH_OBJECTS)
    finally:
        other.write_text(text)
    answers(deployed, "none", HOST_WITH_OBJECTS)


@pytest.mark.usefixtures("terminal")
def test_sockets_of_another_worker_stay_open(deployed, entry):
    text = entry.read_text()

    async def converse() -> list[str]:
        heard = []
        port = deployed.port + 1
        async with websockets.connect(
            f"ws://{APART}/", host="127.0.0.1", port=port, proxy=None
        ) as socket:
            for version in ("eight", "nine", "ten"):
                save(entry, version, text)
                await asyncio.to_thread(answers, deployed, version)
                await socket.send(version)
                heard.append(str(await asyncio.wait_for(socket.recv(), 10)))
        return heard

    assert asyncio.run(converse()) == ["eight 1", "nine 2", "ten 3"]


@pytest.mark.usefixtures("terminal")
def test_objects_keep_what_they_stored(deployed):
    made = deployed.ask(HOST_WITH_OBJECTS, "POST", "/api/v1/sessions", json=SESSION)
    assert made.is_success, made.text
    file = deployed.root / ENTRY_WITH_OBJECTS
    text = file.read_text()
    try:
        save(file, "stored", text)
        answers(deployed, "stored", HOST_WITH_OBJECTS)
        path = made.headers["location"]
        assert deployed.ask(HOST_WITH_OBJECTS, "GET", path).json()["metadata"] == {"step": 1}
    finally:
        file.write_text(text)
    answers(deployed, "none", HOST_WITH_OBJECTS)


def test_what_workers_print_comes_in_the_same_terminal(terminal, deployed):
    deployed.ask(HOST, "GET", "/nothing-of-that-name")

    terminal.awaits(rf"^\d\d:\d\d:\d\d {SCRIPT} .*/nothing-of-that-name")


def test_a_second_one_is_refused(terminal, deployed):
    assert terminal.process.poll() is None
    done = deployed.ops("dev")

    assert done.code == 1
    assert re.search(r"make dev runs already \(process \d+\)", done.err)


def test_ctrl_c_leaves_nothing_running(terminal, deployed, entry):
    save(entry, "last")
    answers(deployed, "last")

    assert terminal.interrupt() == 130
    assert terminal.lines[-1].startswith(SCRIPT) or WITH_OBJECTS in terminal.lines[-1]
    assert terminal.lines[-1].endswith("what was saved last serves on; make up deploys it\n")
    assert status(deployed)["runtime"]["development"] == []
    assert saved(deployed) == "last"
    assert processes(deployed, "watcher.mjs") == []


def test_the_next_up_says_what_it_brought_in_line(terminal, deployed):
    assert terminal.process.poll() == 130
    done = deployed.ops("up", "development")

    assert done.code == 0, done.said
    assert done.out.splitlines()[-2:] == [
        "no changes",
        f"worker {SCRIPT}: replaced what `make dev` had put there",
    ]
    assert saved(deployed) == "none"
    assert status(deployed)["developed"] == {}
    again = deployed.ops("up", "development")
    assert again.out.splitlines()[-1] == "no changes"


def test_code_that_is_still_on_disk_is_deployed_by_the_next_up(deployed, entry):
    with developing(deployed, "development", SCRIPT) as terminal:
        assert [side["workers"] for side in status(deployed)["runtime"]["development"]] == [
            [SCRIPT]
        ]
        save(entry, "kept")
        answers(deployed, "kept")
        terminal.interrupt()
    done = deployed.ops("up", "development")

    assert done.out.splitlines()[-2:] == [
        "1 updated",
        f"worker {SCRIPT}: what `make dev` had put there is deployed now",
    ]
    assert saved(deployed) == "kept"


def test_a_kill_brings_the_workers_back_as_well(deployed, entry):
    with developing(deployed) as terminal:
        save(entry, "killed")
        answers(deployed, "killed")
        terminal.process.kill()
        terminal.process.wait(10)

        eventually(lambda: status(deployed)["runtime"]["development"] == [])
    eventually(lambda: processes(deployed, "watcher.mjs") == [])
    assert saved(deployed) == "killed"


def test_a_local_cloudflare_that_ends_ends_it(deployed):
    with developing(deployed) as terminal:
        assert deployed.local("stop").code == 0
        try:
            assert terminal.process.wait(30) == 1
            assert any("run make start" in line for line in terminal.lines)
        finally:
            assert deployed.ops("start").code == 0


def test_a_worker_that_is_none_is_refused_with_those_there_are(deployed):
    done = deployed.ops("dev", "development", "nothing")

    assert done.code == 1
    assert f"there is no worker nothing in this stack; there are {WITH_OBJECTS}, {SCRIPT}" in (
        done.err
    )


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_only_stacks_of_this_machine_are_developed(clone, stack):
    done = clone.ops("dev", stack)

    assert done.code == 1
    assert done.err == (
        f"error: {stack} stands on an account of Cloudflare, and dev serves from this machine "
        f"only; run python -m ops up {stack}, or make dev for development\n"
    )


def processes(clone: Clone, part: str) -> list[str]:
    shown = subprocess.run(
        ["ps", "-ww", "-eo", "args="], capture_output=True, text=True, check=True
    )
    found = [line for line in shown.stdout.splitlines() if part in line]
    return [line for line in found if str(clone.root) in line]


def eventually(is_so: Callable[[], bool], seconds: float = PATIENCE) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.2)
