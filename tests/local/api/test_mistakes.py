"""What goes wrong for a user: each is noticed at once and said in a sentence with the way out."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager

import pytest

from harness.local_cloudflare import PROJECT, free_ports, local_cloudflare
from local.process.daemon import running_pid
from tests.local.api.command import Command, failed, until

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(180)]

RESET = "run `make reset`, which deletes all data here and the state of `development`"
PRINTS_JSON = """
export default {
  fetch() {
    console.log(JSON.stringify({ long: "x".repeat(300), tab: "\\t", emoji: ":smile:" }));
    return new Response();
  },
};
"""


def test_other_ports_are_taken_up_by_a_start_and_the_data_stays(command):
    command.start()
    before = running_pid(command.home)
    command.create_queue("kept")
    former, command.ports = command.ports, free_ports()

    done = command.start()

    assert done.returncode == 0, done.stderr
    assert (
        f"settings changed (api_port was {former['api']}, is {command.ports['api']}, "
        in done.stdout
    )
    assert "it is started again, records and data stay\n" in done.stdout
    assert running_pid(command.home) not in {before, None}
    assert command.queues() == ["kept"]


def test_another_zone_is_taken_up_by_a_start(command):
    command.start()

    done = command.start("--zone=chitty.cc=" + "1" * 32, "--zone=example.org=" + "a" * 32)

    assert "settings changed (zones was chitty.cc, is chitty.cc example.org)" in done.stdout
    zones = command.ask("/client/v4/zones").json()["result"]
    assert {zone["name"] for zone in zones} == {"chitty.cc", "example.org"}


def test_with_another_port_that_is_taken_the_former_one_runs_on(command):
    command.start()
    pid = running_pid(command.home)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        message = failed(command("start", f"--s3-port={holder.getsockname()[1]}"))

    assert "is in use by process" in message
    assert running_pid(command.home) == pid
    assert command("status").returncode == 0


def test_a_second_serve_leaves_the_settings_of_the_first_alone(command):
    command.start()

    failed(command("serve", *(f"--{name}-port={port}" for name, port in free_ports().items())))

    assert command("status").returncode == 0
    assert command.home.settings().ports == command.ports


def test_a_deleted_token_is_made_anew_by_a_start(command):
    command.start()
    command.home.token_file.unlink()

    done = command.start()

    assert f"{command.home.token_file} is gone: it is started again" in done.stdout
    assert command.ask("/client/v4/accounts").is_success


def test_a_token_that_was_exchanged_is_said(command):
    command.start()
    command.home.token_file.write_text("x" * 40)

    message = failed(command("status"))

    assert f"but does not know the token in {command.home.token_file}; run `make down`" in message


def test_a_program_that_is_not_the_local_cloudflare_is_named(command):
    command.start()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        command.home.keep(command.home.planned({"api_port": port}))
        waiting = subprocess.Popen(command.words("status"), cwd=PROJECT, stderr=subprocess.PIPE)
        asker, _ = holder.accept()
        with asker:
            asker.recv(4096)
            asker.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
        _, said = waiting.communicate(timeout=30)

    assert f"process {os.getpid()} " in said.decode()
    assert f"answers at port {port}, but is not the local Cloudflare; run `make" in said.decode()


@pytest.mark.parametrize("name", ["token", "settings.json", "r2-credentials.json"])
def test_a_damaged_file_stops_a_start_at_once_and_a_reset_heals_it(command, name):
    command.home.keep(command.home.planned({f"{n}_port": p for n, p in command.ports.items()}))
    command.home.prepare()
    (command.home.directory / name).write_bytes(b"")

    message = failed(command("start", timeout=30))
    done = command("reset", "--yes")

    assert f"{command.home.directory / name}: " in message
    assert RESET in message
    assert f"{name} (damaged) as well" in done.stdout
    assert command.start().returncode == 0


@pytest.mark.parametrize("word", ["start", "stop", "status", "logs", "serve"])
def test_a_file_in_the_place_of_the_directory_is_said(command, word):
    command.home.directory.touch()

    message = failed(command(word))

    assert "is a file, but has to be a directory; move it away, then run `make start`" in message


def test_garbage_in_the_records_is_said(command):
    command.home.prepare()
    command.home.records.write_bytes(b"garbage" * 1000)

    message = failed(command.start())

    assert f"{command.home.records} is damaged: file is not a database; {RESET}" in message


def test_a_record_that_cannot_be_read_is_said(command):
    command.start()
    command.create_queue("q")
    command("stop")

    for body in ("{", "[]", "{}"):
        command.change_records("UPDATE records SET body = ? WHERE kind = 'queue'", body)
        message = failed(command("start"))

        assert f"{command.home.records} is damaged: a record " in message
        assert RESET in message


def test_code_that_is_gone_is_said_and_the_rest_is_there(command):
    upload(command)
    command.start()
    command.create_queue("kept")
    command("stop")
    shutil.rmtree(command.home.scripts)

    done = command("start")

    assert done.returncode == 0, done.stderr
    assert "the code of talker was deleted; run `make up`" in done.stdout
    assert "the code of talker was deleted" in command.home.log.read_text()
    assert command.queues() == ["kept"]
    assert command.ask("/local/status").json()["result"]["losses"]["code"] == ["talker"]


def test_data_that_is_gone_is_said_at_start_in_the_status_and_in_the_log_until_it_is_seen_to(
    command,
):
    command.start()
    command("stop")
    shutil.rmtree(command.home.runtime / "state" / "d1")
    warning = "the data of d1 was deleted and begins empty; run `make up`"

    for words in (("start",), ("status",), ("stop",), ("start",), ("status", "--json")):
        done = command(*words)
        assert done.returncode == 0
        assert warning in done.stdout or words == ("stop",)
    assert command.home.log.read_text().count(warning) == 2

    assert command.post("/local/losses", {"disks": ["d1"]}).json()["result"]["disks"] == []
    assert warning not in command("status").stdout


def test_data_that_is_deleted_while_it_runs_is_made_anew_by_a_start(command):
    command.start()
    shutil.rmtree(command.home.runtime / "state" / "kv")

    done = command("start")

    assert "the data of kv was deleted: it is started again, records and data stay" in done.stdout
    assert "the data of kv was deleted and begins empty" in done.stdout
    assert (command.home.runtime / "state" / "kv").is_dir()


def test_records_that_are_deleted_while_it_runs_are_written_again(command):
    command.start()
    command.create_queue("kept")
    command.home.records.unlink()

    assert command("status").returncode == 0
    assert command.home.records.exists()
    command("stop")
    command.start()
    assert command.queues() == ["kept"]


def test_records_that_are_deleted_while_it_does_not_run_are_said_until_a_reset(command):
    command.start()
    command.create_queue("lost")
    command("stop")
    command.home.records.unlink()
    warning = f"the data in {command.home.runtime} and the records of what was deployed do not"

    assert warning in command.start().stdout
    assert warning in command("status").stdout
    command("reset", "--yes")
    assert warning not in command.start().stdout


@pytest.mark.parametrize(
    "piece", ["log", "runtime/log", "runtime/lifecycle.json", "runtime/state/cache", "start.lock"]
)
def test_a_piece_that_nobody_misses_is_made_again_without_a_word(command, piece):
    command.start()
    command("stop")
    path = command.home.directory / piece
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

    done = command("start")
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stdout


def test_a_reset_says_what_it_leaves_unless_the_caller_deletes_that(command):
    command.home.prepare()

    said = command("reset", "--yes").stdout

    assert "the state of `development` was not" in said
    assert "`make reset` deletes it too" in said
    assert command("reset", "--yes", "--quiet").stdout == ""


def test_the_status_shows_the_last_error(tmp_path):
    with local_cloudflare(tmp_path / "cf") as cloud:
        command = Command(cloud.directory)
        assert "last error  none" in command("status").stdout

        os.kill(cloud.result("GET", "/local/status")["runtime"]["pid"], signal.SIGKILL)

        shown = "last error  workerd ended by itself with signal SIGKILL"
        assert until(lambda: shown in command("status").stdout)


def test_a_status_of_nothing_names_the_next_command(command):
    assert command("status").stdout == "not running; run `make start`\n"


def test_addresses_and_log_lines_are_whole_on_a_narrow_screen_and_in_a_pipe(tmp_path):
    with local_cloudflare(tmp_path / "cf") as cloud:
        cloud.upload("talker", {"w.mjs": PRINTS_JSON})
        host = "a-host-that-is-longer-than-the-screen-is-wide.chitty.cc"
        domain = {"hostname": host, "service": "talker"}
        cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
        cloud.at(host)
        command = Command(cloud.directory)
        narrow = {**os.environ, "COLUMNS": "30"}

        shown = command("status", env=narrow).stdout.splitlines()
        assert f"{host}  http://{host}.localhost:{cloud.edge_port}" in shown

        assert until(lambda: "talker" in command("logs").stdout)
        (line,) = command("logs", "--worker", "talker", env=narrow).stdout.splitlines()
        assert json.loads(line.split(" ", 2)[2]) == {
            "long": "x" * 300,
            "tab": "\t",
            "emoji": ":smile:",
        }


def test_a_start_that_is_interrupted_leaves_nothing_running(command):
    words = command.words("start", *(f"--{n}-port={p}" for n, p in command.ports.items()))
    begun = subprocess.Popen(words, cwd=PROJECT, stderr=subprocess.PIPE, text=True)
    assert until(lambda: running_pid(command.home))
    begun.send_signal(signal.SIGINT)

    _, said = begun.communicate(timeout=30)

    assert begun.returncode == 130
    assert said == "interrupted; `make status` says what runs\n"
    assert until(lambda: running_pid(command.home) is None)
    assert command("status").returncode == 3


def test_a_start_waits_for_one_whose_caller_is_gone(command):
    words = command.words("start", *(f"--{n}-port={p}" for n, p in command.ports.items()))
    begun = subprocess.Popen(words, cwd=PROJECT)
    assert until(lambda: running_pid(command.home))
    begun.kill()
    begun.wait()

    with halted(running_pid(command.home), 2):
        done = command("start")

    assert done.returncode == 0, done.stderr
    assert "already running (process" in done.stdout


def test_a_lock_that_names_nobody_ends_nothing(command):
    command.start()
    pid = command.home.lock.read_text()
    command.home.lock.write_text("")

    message = failed(command("stop", start_new_session=True))

    command.home.lock.write_text(pid)
    assert "the process that holds it does not stand in it" in message
    assert running_pid(command.home) == int(pid)


@contextmanager
def halted(pid, seconds):
    """Hold a process, so that it does not answer before *seconds* are over."""
    os.kill(pid, signal.SIGSTOP)
    going_on = threading.Timer(seconds, os.kill, (pid, signal.SIGCONT))
    going_on.start()
    yield
    going_on.join()


def upload(command):
    with local_cloudflare(command.home.directory, ports=command.ports) as cloud:
        cloud.upload("talker", {"w.mjs": PRINTS_JSON})
