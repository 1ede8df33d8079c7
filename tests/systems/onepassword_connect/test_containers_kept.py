"""What becomes of the containers of the laptop where something goes wrong (OP-1), without any."""

import asyncio
import json
import socket
import sys
import threading

import pytest

from systems.onepassword_connect.containers import container_status, engines, host, streams
from systems.onepassword_connect.containers.host import Containers, Host
from systems.onepassword_connect.containers.stream_multiplexer import Link
from systems.onepassword_connect.names import CONTAINERS

ASKED = vars(container_status)["_states"]
"""What asks an engine: in these tests it is replaced."""


@pytest.fixture
def folder(tmp_path_factory):
    """Give a folder of a short name, for the path of a socket has a hundred characters."""
    return tmp_path_factory.mktemp("k")


@pytest.fixture
def said():
    return []


@pytest.fixture
def containers(folder, said):
    made = Containers(
        Host(
            engine=folder / "engine",
            prefix=f"connect-{folder.name}",
            options=(),
            listen=folder / "socket",
            apart="processes",
            connect="127.0.0.1:1",
            let_go=lambda: None,
            say=said.append,
        )
    )
    yield made
    made._loop.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("exit 0", ""),
        ("echo no images >&2; exit 1", "no images"),
        ("exit 3", f"{host.MODULE} ended with 3"),
        ("kill -9 $$", f"{host.MODULE} ended with -9"),
    ],
)
async def test_what_fails_without_a_word_has_failed(folder, containers, monkeypatch, script, fault):
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))

    assert await containers._bring_up() == fault


@pytest.fixture(autouse=True)
def states(monkeypatch):
    """Have an engine by which all containers run; a test changes how they are, by their names."""
    known = dict.fromkeys(CONTAINERS, container_status.RUNNING)
    monkeypatch.setattr(
        container_status,
        "_states",
        lambda _, prefix: {f"{prefix}-{each}": known[each] for each in known},
    )
    return known


async def ended_soon(*_):
    """Return a stream to a program that says hello, and ends."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=theirs)
    await Link(reader, writer).hello()
    asyncio.get_running_loop().call_later(0.05, writer.close)
    return await asyncio.open_connection(sock=ours)


@pytest.mark.anyio
async def test_who_comes_after_a_link_has_ended_does_not_wait(containers, said, monkeypatch):
    monkeypatch.setattr(streams, "opened", ended_soon)
    await asyncio.wait_for(containers._joined(), 10)
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    await asyncio.wait_for(containers._came(*await asyncio.open_connection(sock=theirs)), 5)
    came = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()

    assert came == b""
    assert said[0].startswith("containers on ")


@pytest.mark.anyio
async def test_containers_that_were_removed_come_up_again(containers, said, monkeypatch):
    """What is left of them is removed with that: here the second time fails, and that is said."""
    comes = iter(["", "no images"])
    monkeypatch.setattr(containers, "_answers", done)
    monkeypatch.setattr(containers, "_take_away", lambda: None)
    monkeypatch.setattr(containers, "_bring_up", lambda: done(next(comes)))
    monkeypatch.setattr(engines, "Asked", Without)
    await asyncio.wait_for(containers._keep(), 10)

    begin = "processes in place of containers: "
    assert said == [
        f"{begin}a container was removed; all come up again",
        f"{begin}no images; make down, then make up tries again",
    ]


@pytest.fixture
async def long(anyio_backend):  # noqa: ARG001 - it runs in the loop of its test
    """Give what opens streams to programs that say hello, and go on until the test ends."""
    writers = []

    async def opened(*_):
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=theirs)
        await Link(reader, writer).hello()
        writers.append(writer)
        return await asyncio.open_connection(sock=ours)

    yield opened
    for each in writers:
        each.close()
        await each.wait_closed()


@pytest.mark.anyio
async def test_a_container_that_ends_alone_is_noticed(containers, states, long, monkeypatch):
    """OP-1: no stream ends with nginx, through which all requests go."""
    monkeypatch.setattr(host, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(streams, "opened", long)
    there = asyncio.Event()
    monkeypatch.setattr(host, "point", lambda *_: there.set())
    joined = asyncio.ensure_future(containers._joined())
    await asyncio.wait_for(there.wait(), 60)
    states["nginx"] = "exited"

    with pytest.raises(OSError, match=r"-nginx is exited; docker start connect-\S+-nginx$"):
        await asyncio.wait_for(joined, 60)
    with pytest.raises(OSError, match="is exited"):  # and it is not led to again
        await containers._joined()
    del states["nginx"]
    with pytest.raises(streams.GoneError, match="-nginx was removed"):
        await containers._joined()


@pytest.mark.anyio
async def test_the_processes_answer_from_when_one_was_removed(
    containers, said, states, long, monkeypatch
):
    """OP-1: all come up again, which takes a while, and may fail."""
    monkeypatch.setattr(host, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(streams, "opened", long)
    there, listen, lead = asyncio.Event(), containers._host.listen, host.point

    def noted(*given):
        lead(*given)
        there.set()

    monkeypatch.setattr(host, "point", noted)
    leading = asyncio.ensure_future(containers._lead())
    await asyncio.wait_for(there.wait(), 60)
    assert listen.readlink().name == host.JOINED
    del states["nginx"]
    await asyncio.wait_for(leading, 60)

    assert said[-1].endswith("-nginx was removed; all come up again")
    assert listen.readlink().name == "processes"


@pytest.fixture
def dumb(folder):
    """Give an engine that takes connections, and says nothing until a test has it say something."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "engine"))
        listening.listen()
        yield listening


@pytest.mark.usefixtures("dumb")
@pytest.mark.anyio
async def test_an_engine_that_says_nothing_is_said_to_say_nothing(folder, monkeypatch):
    """OP-1: an empty reason was shown, or that of programs that do not join."""
    monkeypatch.setattr(streams, "ASK_SECONDS", 0.1)
    with pytest.raises(OSError, match=r"^the Docker Engine does not answer within 0\.1 seconds$"):
        await streams.opened(folder / "engine", "connect-a-api", ("connect", "link"))


@pytest.mark.usefixtures("dumb")
@pytest.mark.anyio
async def test_an_engine_that_begins_no_program_is_said_to_begin_none(folder, monkeypatch):
    monkeypatch.setattr(streams, "ASK_SECONDS", 0.1)
    monkeypatch.setattr(streams, "_post", lambda *_: {"Id": "1"})
    with pytest.raises(OSError, match=r"^the Docker Engine starts nothing in connect-a-api$"):
        await streams.opened(folder / "engine", "connect-a-api", ("connect", "link"))


def test_one_that_is_being_removed_has_no_name(folder, monkeypatch):
    listed = [{"Names": None, "State": "removing"}, {"Names": ["/connect-a-api"], "State": "dead"}]
    monkeypatch.setattr(engines, "ask", lambda *_: (200, json.dumps(listed).encode()))

    assert ASKED(folder / "engine", "connect-a") == {"connect-a-api": "dead"}


def test_what_is_no_engine_is_said_to_be_none(folder, dumb):
    """OP-1: whatever else it raised ended the thread that has the processes answer again."""

    def answer():
        connection, _ = dumb.accept()
        with connection:
            connection.recv(1024)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[")

    answering = threading.Thread(target=answer)
    answering.start()
    with pytest.raises(OSError, match=r"does not answer as one \(IncompleteRead\)$"):
        ASKED(folder / "engine", "connect-a")
    answering.join()


@pytest.mark.anyio
async def test_where_one_program_cannot_begin_the_other_one_does_not_stay(
    containers, long, monkeypatch
):
    closed = []

    async def opened(_engine, name, _command):
        if name.endswith("-cloudflared"):
            await asyncio.sleep(0.01)
            raise streams.GoneError("a container was removed")
        reader, writer = await long()
        close = writer.close

        def noted():
            closed.append(name)
            close()

        monkeypatch.setattr(writer, "close", noted)
        return reader, writer

    monkeypatch.setattr(streams, "opened", opened)
    with pytest.raises(streams.GoneError):
        await containers._joined()

    assert [name.rpartition("-connect-")[2] for name in closed] == ["api"]


async def done(result=None):
    return result


class Without:
    """An engine that has no such container."""

    status = 404

    def __init__(self, *_):
        pass

    def request(self, *_):
        pass

    def getresponse(self):
        return self

    def read(self):
        return b"{}"

    def close(self):
        pass
