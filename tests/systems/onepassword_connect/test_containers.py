"""Containers of the laptop, as far as no engine is needed (OP-1): when there are any, and why not.

`tests/engine/connect_host/test_laptop.py` has them on a real one.
"""

import asyncio
import socket
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingUnixStreamServer

import pytest

from planning.refusals import RefusedError
from systems.onepassword_connect.containers import engines, identity
from systems.onepassword_connect.containers.stream_multiplexer import Link
from systems.onepassword_connect.processes import nginx
from systems.onepassword_connect.settings import OnePasswordConnect as Settings
from systems.onepassword_connect.sidecar import PROCESSES, VARIABLE, sidecar
from tests.systems.onepassword_connect.test_processes import ITEM, running

GIVEN = Settings(
    host="c.example.com",
    images={"nginx": "docker.io/own/nginx:1", "cloudflared": "docker.io/own/c:2026.10.4"},
)


class Refusing(BaseHTTPRequestHandler):
    """An engine that answers that it is there, and nothing else."""

    def do_GET(self):
        self.send_response(200 if self.path == "/_ping" else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def address_string(self):
        return "socket"

    def log_message(self, *_):
        pass


@contextmanager
def refusing(place):
    with ThreadingUnixStreamServer(str(place), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield place
        server.shutdown()
        thread.join()


@contextmanager
def silent(place):
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(place))
        listener.listen()
        yield place


@pytest.fixture
def folder(tmp_path_factory):
    """Give a folder of a short name, for the path of a socket has a hundred characters."""
    return tmp_path_factory.mktemp("c")


def test_an_engine_is_found_by_its_socket_alone(folder):
    there = folder / "docker.sock"
    there.touch()
    places = (str(folder / "none"), str(there))

    assert engines.find({}, places) == there
    assert engines.find({}, places[:1]) is None
    assert str(engines.find({"DOCKER_HOST": "unix:///run/theirs.sock"}, places)) == (
        "/run/theirs.sock"
    )
    both = {"DOCKER_HOST": "unix:///b", engines.VARIABLE: "/a"}
    assert str(engines.find(both, places)) == "/a"
    # Another machine is nothing that stands for this one.
    assert engines.find({"DOCKER_HOST": "tcp://192.0.2.1:2375"}, places) is None


def test_containers_run_where_an_engine_answers_and_are_said_with_why(folder):
    with refusing(folder / "s") as engine:
        found = sidecar(GIVEN, {engines.VARIABLE: str(engine)}, folder / "id")

    assert found
    assert found.about.startswith(f"containers of a host on the Docker Engine {engine}, ")
    options = dict(zip(found.command, found.command[1:], strict=False))
    assert options["--engine"] == str(engine)
    assert options["--name"].startswith("local-")
    third = int(options["--subnet"].removeprefix("10.213.").removesuffix(".0/24"))
    assert 64 <= third <= 255  # beside what machines of a configuration have
    # What is 1Password's and cloudflared's is stood in for.
    assert [each for each in found.command if each.startswith("--image")] == [
        "--image=nginx=docker.io/own/nginx:1"
    ]


def test_containers_are_told_apart_by_an_id_that_is_kept_and_never_by_a_path(folder):
    """Two machines that share an engine may have the project in the same folder."""

    def names(file):
        found = sidecar(GIVEN, {engines.VARIABLE: str(folder / "s")}, file)
        assert found
        options = dict(zip(found.command, found.command[1:], strict=False))
        return options["--name"], options["--subnet"]

    one, other = folder / "one" / "id", folder / "other" / "id"
    first = names(one)
    again = names(one)
    other.parent.mkdir()
    other.write_text("half")  # of an id
    second = names(other)

    assert first == again
    assert first[0] != second[0]
    assert first[0] == f"local-{one.read_text()}"
    assert one.stat().st_mode & 0o077 == one.parent.stat().st_mode & 0o077 == 0
    assert names(other) == second


def test_an_id_that_cannot_be_kept_is_refused(folder):
    (folder / "id").mkdir()
    with pytest.raises(RefusedError, match="/id: Is a directory: it has the id of this folder's"):
        identity.kept(folder / "id")


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (None, "does not answer (No such file or directory)"),
        (silent, "does not answer within 0.05 second"),
    ],
)
def test_an_engine_that_does_not_answer_is_named_and_changes_no_command(
    folder, make, fault, monkeypatch
):
    """Another command would have the next `make up` start the whole local Cloudflare anew."""
    monkeypatch.setattr(engines, "ASK_SECONDS", 0.05)
    monkeypatch.setattr(nginx, "find", lambda: None)
    environ = {engines.VARIABLE: str(folder / "s")}
    if make:
        with make(folder / "s"):
            found = sidecar(GIVEN, environ, folder / "id")
    else:
        found = sidecar(GIVEN, environ, folder / "id")

    (folder / "s").unlink(missing_ok=True)
    with refusing(folder / "s"):
        well = sidecar(GIVEN, environ, folder / "id")

    assert found
    assert well
    begin = f"; no containers yet, for the Docker Engine {folder}/s {fault}"
    assert found.about.endswith(f"{begin}: it is asked again")
    assert found.command == well.command


def test_who_wants_no_containers_has_none(folder):
    with refusing(folder / "s") as engine:
        environ = {engines.VARIABLE: str(engine), VARIABLE: PROCESSES}
        found = sidecar(GIVEN, environ, folder / "id")
        with pytest.raises(RefusedError, match="CHITTYOS_CONNECT_HOST is 'none'; it is processes"):
            sidecar(GIVEN, {**environ, VARIABLE: "none"}, folder / "id")

    assert found
    assert "--engine" not in found.command
    assert "no containers" not in found.about


def test_where_they_do_not_come_up_processes_go_on_and_that_is_said(folder):
    with refusing(folder / "engine") as engine:
        options = ("--engine", str(engine), "--name", "check", "--subnet", "10.213.99.0/24")
        coming = f"containers come up on {engine}; until then processes answer"
        with running(folder, *options, said=coming) as proxy:
            before = proxy.get(ITEM).status_code
            line = proxy.process.stdout.readline().decode()
            after = proxy.get(ITEM).status_code

    assert line.startswith("ready processes in place of containers: no Docker Engine answers at")
    assert (before, after) == (200, 200)


def test_an_engine_that_comes_later_is_asked_again(folder):
    engine = folder / "engine"
    options = ("--engine", str(engine), "--name", "later", "--subnet", "10.213.99.0/24")
    coming = f"containers come up on {engine}; until then processes answer"
    with running(folder, *options, said=coming) as proxy:
        lines = [proxy.process.stdout.readline().decode()]
        with refusing(engine):
            lines.append(proxy.process.stdout.readline().decode())

    missing, asked = (line.removeprefix("ready processes in place of ") for line in lines)
    assert missing == (
        f"containers: the Docker Engine {engine} does not answer (No such file or directory)\n"
    )
    assert asked.startswith("containers: no Docker Engine answers at")


async def joined(answer):
    """Return a link whose other end dials *answer*, and what ends both."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ours, theirs = socket.socketpair()
    near = Link(*await asyncio.open_connection(sock=ours))
    far = Link(
        *await asyncio.open_connection(sock=theirs),
        lambda: asyncio.open_connection("127.0.0.1", port),
    )
    runs = [asyncio.ensure_future(each.run()) for each in (near, far)]

    async def end():
        server.close()
        ours.close()
        for run in runs:
            run.cancel()
        await asyncio.gather(*runs, return_exceptions=True)

    return near, server, runs, end


async def through(link, sent):
    """Send *sent* through a connection of *link*; return all that comes back."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    carried = asyncio.ensure_future(link.carry(*await asyncio.open_connection(sock=theirs)))
    writer.write(sent)
    came = await reader.read()
    writer.close()
    await carried
    return came


@pytest.mark.anyio
async def test_connections_of_a_link_are_kept_apart_and_ordered():
    async def answer(reader, writer):
        size = int(await reader.readline())
        writer.write(await reader.readexactly(size))
        writer.close()

    link, _, _, end = await joined(answer)
    contents = [bytes([number]) * (number * 30_000 + 1) for number in range(30)]
    came = await asyncio.gather(*(through(link, b"%d\n" % len(each) + each) for each in contents))
    await end()

    assert came == contents


@pytest.mark.anyio
async def test_an_end_is_known_to_be_there_by_its_hello():
    """A program of a container begins a while after the engine says that it runs."""
    near, far = socket.socketpair()
    here, there = [Link(*await asyncio.open_connection(sock=each)) for each in (near, far)]
    runs = [asyncio.ensure_future(each.run()) for each in (here, there)]
    await asyncio.sleep(0)
    before = here.heard.is_set()
    await there.hello()
    await asyncio.wait_for(here.heard.wait(), 10)
    far.shutdown(socket.SHUT_RDWR)
    await asyncio.gather(*runs)

    assert not before


@pytest.mark.anyio
async def test_a_connection_that_nobody_takes_ends():
    link, server, _, end = await joined(lambda *_: None)
    server.close()
    await server.wait_closed()
    came = await asyncio.wait_for(through(link, b"hello"), 10)
    await end()

    assert came == b""


@pytest.mark.anyio
async def test_connections_end_with_their_link():
    async def answer(reader, writer):
        await reader.read()
        writer.close()

    link, _, runs, end = await joined(answer)
    waiting = asyncio.ensure_future(through(link, b"hello"))
    await asyncio.sleep(0.1)
    runs[1].cancel()
    came = await asyncio.wait_for(waiting, 10)
    await end()
    await asyncio.sleep(0)  # whoever was dialled hears of it

    assert came == b""
