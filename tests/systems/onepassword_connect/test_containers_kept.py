"""What becomes of the containers of the laptop where something goes wrong (OP-1), without any."""

import asyncio
import socket

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
    monkeypatch.setattr(host.sys, "executable", str(program))

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
