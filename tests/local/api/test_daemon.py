"""The commands: started once, found again, stopped, killed, and taken up where it ended."""

import json
import os
import signal
import socket
import stat
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from harness.local_cloudflare import PROJECT, free_ports, local_cloudflare
from local.process.daemon import running_pid
from local.process.home import Home
from tests.local.api.command import Command, failed, until

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(180)]

COUNTER = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async add() {
    const n = ((await this.ctx.storage.get("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", n);
    return n;
  }
}
export default {
  async fetch(request, env) {
    return new Response(String(await env.C.get(env.C.idFromName("x")).add()));
  },
};
"""
CLASS = {
    "bindings": [{"name": "C", "type": "durable_object_namespace", "class_name": "Counter"}],
    "migrations": {"new_tag": "v1", "new_sqlite_classes": ["Counter"]},
}


def test_it_is_started_once_found_again_and_stopped(command):
    assert command("status").returncode == 3
    assert command("stop").stdout == "not running\n"

    first = command.start()
    assert first.returncode == 0, first.stderr
    assert f"http://127.0.0.1:{command.ports['api']}/client/v4" in first.stdout
    pid = running_pid(command.home)

    second = command.start()
    assert second.returncode == 0
    assert f"already running (process {pid})" in second.stdout
    assert running_pid(command.home) == pid

    shown = command("status", "--json")
    assert shown.returncode == 0
    assert json.loads(shown.stdout)["ports"] == command.ports
    assert command("stop").stdout == "stopped\n"
    assert command("status").returncode == 3
    assert command("start").returncode == 0
    assert command.ask("/local/status").json()["result"]["ports"] == command.ports


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_on_a_signal(tmp_path, number):
    with local_cloudflare(tmp_path / "cf") as cloud:
        workerd = cloud.result("GET", "/local/status")["runtime"]["pid"]
        cloud.process.send_signal(number)

        assert cloud.process.wait(30) == 0
        assert until(lambda: not is_alive(workerd), 2)
        assert not (cloud.directory / "runtime" / "workerd.pid").exists()


def test_two_starts_at_once_make_one(command):
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(lambda _: command.start(), range(2))

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    said = first.stdout + second.stdout
    assert said.count("another start or reset is under way; waiting for it\n") == 1
    assert said.count("already running (process") == 1
    log = command.home.log.read_text()
    assert log.count("serving at") == 1
    assert command.ask("/local/status").is_success


@pytest.mark.parametrize("name", ["api", "edge", "s3"])
def test_a_taken_port_names_the_program_and_the_way_out(command, name):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        command.ports[name] = holder.getsockname()[1]

        message = failed(command.start())

    assert f"port {command.ports[name]} ({name}) is in use by process {os.getpid()}" in message
    assert f"--{name}-port, or for `make` in cloudflare:baseUrl of Pulumi.dev" in message
    assert running_pid(command.home) is None


def test_a_directory_serves_one(command):
    assert command.start().returncode == 0

    options = [f"--{name}-port={port}" for name, port in free_ports().items()]
    message = failed(command("serve", *options))

    assert f"is in use by process {running_pid(command.home)}" in message


def test_only_the_owner_can_read_any_of_it(command):
    assert command.start().returncode == 0
    directory = command.home.directory

    open_to_others = [
        path
        for path in (directory, *directory.rglob("*"))
        if not path.is_socket() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (command.home.token_file, directory)}

    assert [path for path in open_to_others if path.parent == directory] == []
    assert modes == {0o600, 0o700}


BAD = {
    "zone": (["--zone=chitty.cc"], "zone chitty.cc: its id is '', but has 32 digits"),
    "zone id": (["--zone=chitty.cc=xyz"], "correct chittyos:zones in Pulumi.development.yaml"),
    "same ports": (["--api-port=4400", "--edge-port=4400"], "the three ports must differ"),
    "port": (["--api-port=70000"], "port 70000 (api) is none: they go from 1 to 65535; choose"),
    "third port": (["--s3-port=65536"], "--s3-port, or for `make` in cloudflare:baseUrl"),
}


@pytest.mark.parametrize(("words", "message"), BAD.values(), ids=BAD)
def test_a_bad_option_is_one_sentence(command, words, message):
    assert message in failed(command("start", *words))
    assert not command.home.settings_file.exists()


def test_reset_asks_and_keeps_token_and_settings(command):
    assert command.start("--zone=example.org=" + "a" * 32).returncode == 0
    token = command.home.token()
    assert command.ask("/client/v4/zones").json()["result"][0]["name"] == "example.org"

    refused = command("reset", input="n\n")
    assert refused.returncode == 1
    assert running_pid(command.home)

    assert command("reset", "--yes").returncode == 0
    assert not command.home.records.exists()
    assert not running_pid(command.home)
    assert command.home.token() == token
    assert command.home.settings().zones == {"example.org": "a" * 32}


def test_logs_show_what_a_worker_prints(tmp_path):
    with local_cloudflare(tmp_path / "cf") as cloud:
        code = "export default { fetch() { console.log('hello from it'); return new Response() } }"
        cloud.upload("talker", {"w.mjs": code})
        domain = {"hostname": "talk.chitty.cc", "service": "talker"}
        cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
        cloud.at("talk.chitty.cc")

        def shown():
            return Command(cloud.directory)("logs", "--worker", "talker").stdout

        assert until(lambda: "talker hello from it" in shown())
        assert "hello" not in Command(cloud.directory)("logs", "--worker", "other").stdout


def test_logs_that_are_followed_end_at_ctrl_c_without_a_word(tmp_path):
    with local_cloudflare(tmp_path / "cf") as cloud:
        command = Command(cloud.directory)
        words = command.words("logs", "--follow")
        following = subprocess.Popen(
            words, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert following.stdout is not None
        cloud.upload("talker", {"w.mjs": "console.log('it starts'); export default {}"})
        with pytest.raises(subprocess.TimeoutExpired):
            following.wait(2)
        following.send_signal(signal.SIGINT)
        _, said = following.communicate(timeout=10)

    assert (following.returncode, said) == (130, "")


def test_the_log_is_not_there_when_it_does_not_run(command):
    assert "not running; run `make start`" in failed(command("logs"))


def test_everything_survives_kill_9_of_every_process(tmp_path):
    directory, ports = tmp_path / "cf", free_ports()
    with local_cloudflare(directory, ports=ports) as cloud:
        cloud.upload("count", {"w.mjs": COUNTER}, **CLASS)
        domain = {"hostname": "count.chitty.cc", "service": "count"}
        cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
        namespace = cloud.result(
            "POST", cloud.account("/storage/kv/namespaces"), json={"title": "ns"}
        )
        value = cloud.account(f"/storage/kv/namespaces/{namespace['id']}/values/k")
        cloud.result("PUT", value, content=b"kept")
        assert cloud.at("count.chitty.cc").text == "1"
        workerd = cloud.result("GET", "/local/status")["runtime"]["pid"]
        os.kill(cloud.process.pid, signal.SIGKILL)
        cloud.process.wait()
        with_workerd_gone(workerd)

    assert running_pid(Home(directory)) is None
    with local_cloudflare(directory, ports=ports) as cloud:
        assert cloud.at("count.chitty.cc").text == "2"
        assert cloud.client.get(value).content == b"kept"
        (script,) = cloud.result("GET", cloud.account("/workers/scripts"))
        assert script["migration_tag"] == "v1"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_while_it_is_busy_it_is_whole_at_the_next_start(tmp_path, seed):
    directory, ports = tmp_path / "cf", free_ports()
    done: list[str] = []
    with local_cloudflare(directory, ports=ports) as cloud, busy(cloud, done):
        time.sleep(0.3 + 0.7 * seed)
        os.kill(cloud.process.pid, signal.SIGKILL)
        cloud.process.wait()

    with local_cloudflare(directory, ports=ports) as cloud:
        scripts = cloud.result("GET", cloud.account("/workers/scripts"))
        queues = cloud.result("GET", cloud.account("/queues?per_page=1000"))
        status = cloud.result("GET", "/local/status")["runtime"]

        known = {script["id"] for script in scripts} | {queue["queue_name"] for queue in queues}
        assert set(done) <= known
        assert status["last_error"] is None
        for script in scripts:
            path = cloud.account(f"/workers/scripts/{script['id']}/content/v2")
            assert cloud.client.get(path).is_success
        cloud.upload("after", {"w.mjs": "export default { fetch: () => new Response('ok') }"})


@contextmanager
def busy(cloud, done):
    """Create without a pause; what was answered goes into *done*."""
    stop = threading.Event()

    def work():
        for n in range(10_000):
            if stop.is_set():
                return
            try:
                cloud.result("POST", cloud.account("/queues"), json={"queue_name": f"q{n}"})
                done.append(f"q{n}")
                cloud.upload(f"s{n}", {"w.mjs": "export default { fetch: () => new Response() }"})
                done.append(f"s{n}")
            except httpx.TransportError:
                return

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def with_workerd_gone(pid):
    """Kill the runtime too, which may outlive its parent for a moment."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
