"""What stands for a machine with Connect on the laptop: real nginx where there is one (OP-1, OP-7).

The configuration is that of a host; `test_proxy.py` holds it to what it promises.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from harness import nginx as installed
from systems.onepassword_connect.processes import nginx
from systems.onepassword_connect.settings import Machine, Proxy
from systems.onepassword_connect.settings import OnePasswordConnect as Settings
from systems.onepassword_connect.sidecar import MODULE, sidecar
from tests.systems.onepassword_connect.upstream import Upstream

ROOT = Path(__file__).parents[3]
TOKEN = "token-0"
ITEM = f"/v1/vaults/{'v' * 26}/items/{'i' * 26}"


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[bytes]
    client: httpx.Client
    connect: Upstream
    folder: Path

    def get(self, path, **headers):
        return self.client.get(path, headers={"Authorization": f"Bearer {TOKEN}", **headers})

    def nginx(self):
        """Return the processes of nginx, the master first."""
        masters = children(self.process.pid)
        return [*masters, *(child for each in masters for child in children(each))]


def children(process):
    asked = ["ps", "-o", "pid=", "--ppid", str(process)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return [int(each) for each in done.stdout.split()]


def is_gone(process):
    asked = ["ps", "-o", "stat=", "-p", str(process)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.stdout.strip()[:1] in ("", "Z")


@contextmanager
def running(folder, *options, port=None, said=""):
    connect = Upstream({TOKEN})
    place, to = folder / "socket", f"127.0.0.1:{port or connect.port}"
    told = {"LISTEN": str(place), "FOLDER": str(folder), "CONNECT": to}
    command = [sys.executable, "-m", MODULE, *options]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **told},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        ) as process,
        httpx.Client(transport=httpx.HTTPTransport(uds=str(place)), base_url="http://c") as client,
    ):
        assert process.stdin
        assert process.stdout
        try:
            line = process.stdout.readline().decode()
            assert line == f"ready {said}".strip() + "\n", (folder / "log").read_text()
            yield Running(process, client, connect, folder)
        finally:
            process.stdin.close()
            assert process.wait(15) is not None
            connect.close()


@pytest.fixture(scope="module")
def executable():
    try:
        return installed.ensure()
    except installed.NoNginxError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))


@pytest.fixture
def folder(tmp_path_factory):
    """Give a folder of a short name, for the path of a socket has a hundred characters."""
    return tmp_path_factory.mktemp("p")


def test_with_nginx_lists_are_kept_and_clients_limited(executable, folder):
    with running(folder, "--nginx", str(executable), "--requests", "60", "--burst", "3") as proxy:
        lists = [proxy.get("/v1/vaults", **{"CF-Connecting-IP": "100.64.0.1"}) for _ in range(2)]
        items = [proxy.get(ITEM, **{"CF-Connecting-IP": "100.64.0.2"}) for _ in range(9)]
        health = [proxy.get("/v1/health", **{"CF-Connecting-IP": "100.64.0.2"}) for _ in range(50)]
        figures = proxy.get("/metrics")

    assert [each.headers["x-cache-status"] for each in lists] == ["MISS", "HIT"]
    assert {each.status_code for each in items} == {200, 429}
    # Watching takes nothing of that. What stands for Connect here has no health of its own.
    assert {each.status_code for each in health} == {503}
    assert health[0].json()["checks"] == {"connect-api": "failed"}
    assert figures.status_code == 404


def test_without_nginx_the_same_paths_lead_to_connect(folder):
    with running(folder) as proxy:
        found = {path: proxy.get(path).status_code for path in ("/v1/vaults", ITEM, "/heartbeat")}
        again = proxy.get("/v1/vaults").json()["number"]
        written = proxy.client.post(f"{ITEM}?a=b", json={"a": 1}, headers={"X-Own": "x"})
        unknown = proxy.client.get("/v1/vaults")
        health, figures = proxy.get("/v1/health"), proxy.get("/metrics")

    assert found == dict.fromkeys(("/v1/vaults", ITEM, "/heartbeat"), 200)
    assert again == 2  # nothing is kept
    assert (written.status_code, unknown.status_code) == (401, 401)
    assert any("x-own: x" in head.lower() and "?a=b" in head for head in proxy.connect.heads)
    assert health.json()["checks"] == {"connect-api": "failed"}
    assert (figures.status_code, figures.json()["status"]) == (404, 404)


@pytest.mark.parametrize("options", [["--nginx"], []])
def test_connect_that_does_not_answer_is_json(folder, options, request):
    if options:
        options = [*options, str(request.getfixturevalue("executable"))]
    with running(folder, *options, port=installed.free_port()) as proxy:
        answer = proxy.get(ITEM)

    assert (answer.status_code, answer.json()["status"]) == (503, 503)


@pytest.mark.parametrize("how", ["input", "killed", "nginx killed"])
def test_nothing_of_it_is_left(executable, folder, how):
    """However it ends: by whoever started it, by force, or because nginx itself was ended so."""
    with running(folder, "--nginx", str(executable)) as proxy:
        own = proxy.nginx()
        if how == "killed":
            proxy.process.kill()
        elif how == "nginx killed":
            os.kill(own[0], signal.SIGKILL)
            assert proxy.process.wait(15) != 0

    until = time.monotonic() + 15
    while not all(map(is_gone, own)) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(own) > 1
    assert [each for each in own if not is_gone(each)] == []


def test_an_nginx_that_cannot_do_it_is_done_without_and_named(folder):
    """It may lack a module; why stands in the log."""
    lacking = folder / "nginx"
    lacking.write_text("#!/bin/sh\necho 'unknown directive \"real_ip_header\"' >&2\nexit 1\n")
    lacking.chmod(0o700)
    note = f"{lacking} does not come up: done without"
    with running(folder, "--nginx", str(lacking), said=note) as proxy:
        assert proxy.get(ITEM).status_code == 200
        assert "x-cache-status" not in proxy.get("/v1/vaults").headers

    assert "real_ip_header" in (folder / "log").read_text()


def test_what_runs_is_said_with_why_and_the_settings_reach_it(monkeypatch):
    given = Settings(
        host="c.example.com",
        proxy=Proxy(requests_a_minute=7, burst=8, lists_kept_seconds=9),
    )
    monkeypatch.setattr(nginx, "find", lambda: Path("/opt/nginx"))
    with_nginx = sidecar(given)
    monkeypatch.setattr(nginx, "find", lambda: None)
    without = sidecar(given)

    assert with_nginx
    assert without
    assert with_nginx.command[1:] == (
        *("-m", MODULE, "--nginx", "/opt/nginx"),
        *("--requests", "7", "--burst", "8", "--kept", "9"),
    )
    assert with_nginx.about.startswith("/opt/nginx ")
    assert "--nginx" not in without.command
    assert "apt-get install nginx" in without.about
    assert all(file.is_file() for file in with_nginx.made_of)


def test_nothing_runs_without_a_host_or_beside_a_machine():
    machine = Machine(name="first", engine="unix:///run/docker.sock")

    assert sidecar(Settings()) is None
    assert sidecar(Settings(host="c.example.com", machines=(machine,))) is None
