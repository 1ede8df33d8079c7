"""What becomes of the containers of the laptop where something goes wrong (OP-1), without any."""

import asyncio
import socket
import sys

import pytest

from systems.onepassword_connect.containers import host, streams
from systems.onepassword_connect.containers.host import Containers, Host
from systems.onepassword_connect.containers.link import Link


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
    monkeypatch.setattr(streams, "Asked", Without)
    await asyncio.wait_for(containers._keep(), 10)

    begin = "processes in place of containers: "
    assert said == [
        f"{begin}a container was removed; all come up again",
        f"{begin}no images; make down, then make up tries again",
    ]


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
