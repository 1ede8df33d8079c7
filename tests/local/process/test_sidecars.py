"""Programs beside the local Cloudflare: reached, started again, gone with it, named when down."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from local.errors import HomeError
from local.process.cli import show
from local.process.settings import Settings, Sidecar, parse_sidecars
from local.process.sidecars import Sidecars

ROOT = Path(__file__).parents[3]
SERVICE = "http://nginx:8080"
ANSWERS = """
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(os.environ["LISTEN"])
listener.listen()
print("ready without cache", flush=True)
import threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
while True:
    came, _ = listener.accept()
    came.sendall(f"{os.getpid()} {os.environ['CONNECT']}".encode())
    came.close()
"""
FAILS = "import sys; sys.exit('there is no such thing here')"
DAEMON = f"""
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from local.process.settings import Sidecar
from local.process.sidecars import Sidecars

async def run():
    declared = Sidecar(command=(sys.executable, "-c", sys.argv[2]), folder="/", serves="http://n:1")
    sidecars = Sidecars({{"one": declared}}, Path(sys.argv[1]))
    async with sidecars.running("c"):
        print(sidecars.places["http://n:1"], flush=True)
        await asyncio.sleep(60)

asyncio.run(run())
"""


def declared(code, **changes):
    command = (sys.executable, "-c", code)
    return Sidecar(**{"command": command, "folder": "/", "serves": SERVICE, **changes})


def asked(place):
    """Ask whoever listens at *place*: its process, and where it was told that Connect is."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(place.removeprefix("unix:"))
        process, _, connect = client.recv(100).decode().partition(" ")
    return int(process), connect


async def until(attempt, seconds=15):
    deadline = time.monotonic() + seconds
    while True:
        with suppress(OSError, ValueError):
            if found := attempt():
                return found
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def is_gone(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.anyio
async def test_it_is_reached_where_tunnels_are_told_and_is_gone_afterwards(tmp_path):
    sidecars = Sidecars({"one": declared(ANSWERS)}, tmp_path)
    place = sidecars.places[SERVICE]
    async with sidecars.running("127.0.0.1:1"):
        process, connect = asked(place)
        shown = sidecars.shown()["one"]

    assert (connect, shown["serves"]) == ("127.0.0.1:1", True)
    assert shown["said"] == "without cache"
    assert await until(lambda: is_gone(process))
    assert not Path(place.removeprefix("unix:")).parent.exists()


@pytest.mark.anyio
async def test_what_is_to_be_known_of_it_is_what_it_said_last(tmp_path):
    another = 'print("ready with containers", flush=True)\nwhile True:'
    sidecars = Sidecars({"one": declared(ANSWERS.replace("while True:", another))}, tmp_path)
    async with sidecars.running("c"):
        await until(lambda: sidecars.shown()["one"]["said"] == "with containers")


@pytest.mark.anyio
async def test_one_that_is_killed_is_started_again_at_the_same_place(tmp_path):
    sidecars = Sidecars({"one": declared(ANSWERS)}, tmp_path)
    async with sidecars.running("c"):
        first, _ = asked(sidecars.places[SERVICE])
        os.kill(first, signal.SIGKILL)

        assert await until(lambda: asked(sidecars.places[SERVICE])[0] != first)
        await until(lambda: sidecars.shown()["one"]["serves"])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("code", "command", "said"),
    [
        (FAILS, None, "there is no such thing here"),
        ("", ("/nowhere/nginx",), "/nowhere/nginx: No such file or directory"),
    ],
)
async def test_one_that_does_not_come_up_leaves_its_last_words(tmp_path, code, command, said):
    given = declared(code, **({"command": command} if command else {}))
    sidecars = Sidecars({"one": given}, tmp_path)
    task = asyncio.create_task(_hold(sidecars))
    try:
        await until(lambda: sidecars.shown()["one"]["said"] == said)
        assert sidecars.shown()["one"]["serves"] is False
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _hold(sidecars):
    async with sidecars.running("c"):
        await asyncio.sleep(60)


def test_it_does_not_outlive_a_daemon_that_is_killed(tmp_path):
    command = [sys.executable, "-c", DAEMON, str(tmp_path), ANSWERS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout
        process, _ = asked(daemon.stdout.readline().strip())
        daemon.kill()

    assert asyncio.run(until(lambda: is_gone(process)))


def test_what_it_is_made_of_is_a_setting():
    """So `make up` starts it anew after a change, and says so."""
    before = Settings().changed({"sidecars": {"one": declared(ANSWERS, digest="1")}})
    after = before.changed({"sidecars": {"one": declared(ANSWERS, digest="2")}})

    (difference,) = before.differences(after)
    assert difference.startswith("sidecars was one (")
    assert before.differences(before.changed({"sidecars": None})) == []
    assert before.differences(before.changed({"sidecars": {}}))[0].endswith(", is none")


def test_a_file_of_one_is_read_and_what_is_wrong_in_it_is_said(tmp_path):
    file = tmp_path / "one.json"
    whole = {"name": "one", "command": ["true"], "folder": "/", "serves": SERVICE}
    file.write_text(json.dumps(whole))

    read = parse_sidecars([file])

    assert read == {"one": Sidecar(command=("true",), folder="/", serves=SERVICE)}
    assert parse_sidecars([]) is None
    wrong = {
        "[]": "is no JSON of a program",
        json.dumps({**whole, "command": []}): "command: ",
        json.dumps({**whole, "port": 1}): "port: ",
    }
    for text, said in wrong.items():
        file.write_text(text)
        with pytest.raises(HomeError, match=said):
            parse_sidecars([file])
    with pytest.raises(HomeError, match="cannot be read: No such file"):
        parse_sidecars([tmp_path / "none.json"])


def test_what_is_to_be_known_of_one_is_shown_and_nothing_else(capsys):
    status = {"ports": {"api": 1, "edge": 2, "s3": 3}, "addresses": {}, "last_error": None}
    sidecars = {
        "well": {"serves": True, "said": "", "log": "well.log"},
        "noted": {"serves": True, "said": "done without", "log": "noted.log"},
        "down": {"serves": False, "said": "no such thing", "log": "down.log"},
    }
    show({**status, "ready": True, "sidecars": sidecars})
    shown = capsys.readouterr().out
    show({**status, "ready": True})  # of a daemon that an older version started
    older = capsys.readouterr().out

    assert "well" not in shown
    assert "done without (log: noted.log)" in shown
    assert "does not run: no such thing (log: down.log)" in shown
    assert "log" not in older
