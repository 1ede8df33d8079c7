"""Stand for the programs of 1Password's, Cloudflare's and the exporter's images, in containers.

    connect                                 a service of Connect, for whoever is joined to it
    connect link                            the link: its input and output are one stream
    cloudflared tunnel run                  says that it is ready at $TUNNEL_METRICS
    cloudflared tunnel --metrics ADDRESS ready
    cloudflared link                        the link: each of its connections reaches the proxy
    exporter --nginx.scrape-uri=ADDRESS     answers with the figures of nginx at 9113

Standard library only: the official image of Python is all that they have.
"""

import asyncio
import json
import os
import sys
import urllib.request
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence
from pathlib import Path

from systems.onepassword_connect.containers.stream_multiplexer import MOST_BYTES, Link

LINK = "\0link"
"""Where a service is joined: a name of the container's own network, so no file is written."""

ANYWHERE = "0.0.0.0"  # noqa: S104 - in the container, whose networks decide who reaches it
PROXY = ("nginx", 8080)
EXPORTER_PORT = 9113
SECONDS = 5
VERSION = "stand-in"
HEALTH = {
    "name": "stand-in for 1Password Connect",
    "version": VERSION,
    "dependencies": [{"service": "sqlite", "status": "ACTIVE"}],
}
WELL = (b"GET /health ", b"GET /heartbeat ")
AWAY = {"status": 503, "message": "the look-alike of Connect is not joined"}


def main(called: str, arguments: Sequence[str]) -> int:
    """Run the program that is *called* so; return the exit status."""
    if called == "cloudflared" and arguments[-1] == "ready":
        return _is_ready(arguments[arguments.index("--metrics") + 1])
    if arguments[-1:] == ["link"]:
        asyncio.run(_passed_on() if called == "connect" else _led_to_the_proxy())
    elif called == "connect":
        json.loads(Path(os.environ["OP_SESSION"]).read_text())
        asyncio.run(_connect())
    elif called == "cloudflared":
        token = Path(os.environ["TUNNEL_TOKEN_FILE"]).read_text()
        sys.stderr.write(f"a token of {len(token)} characters\n")
        asyncio.run(_cloudflared())
    else:
        asyncio.run(_exporter(arguments[0].partition("=")[2]))
    return 0


class Service:
    """A service of Connect: whoever joins it answers in its place."""

    def __init__(self) -> None:
        self._link: Link | None = None
        self._was_joined = False

    async def joined(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Be joined for as long as the stream goes on."""
        self._link = link = Link(reader, writer)
        self._was_joined = True
        await link.hello()
        await link.run()
        if self._link is link:
            self._link = None

    async def answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass a connection on; until it is joined it is well, and after that it is not."""
        begin = await reader.read(MOST_BYTES)
        if self._link:
            await self._link.carry(reader, writer, begin)
        elif begin.startswith(WELL) and not self._was_joined:
            await _say(writer, 200, json.dumps(HEALTH))
        else:
            await _say(writer, 503, json.dumps(AWAY))


async def _connect() -> None:
    service = Service()
    await asyncio.start_unix_server(service.joined, LINK)
    await _serve(service.answer, int(os.environ["OP_HTTP_PORT"]))


async def _passed_on() -> None:
    """Have input and output be a stream of the service that runs in this container."""
    (own, out), (reader, writer) = await _stdio(), await asyncio.open_unix_connection(LINK)
    await asyncio.wait(
        [asyncio.ensure_future(_copy(own, writer)), asyncio.ensure_future(_copy(reader, out))],
        return_when=asyncio.FIRST_COMPLETED,
    )


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    while content := await reader.read(MOST_BYTES):
        writer.write(content)
        await writer.drain()


async def _cloudflared() -> None:
    host, _, port = os.environ["TUNNEL_METRICS"].rpartition(":")

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(MOST_BYTES)
        await _say(writer, 200, '{"readyConnections": 1}')

    await _serve(answer, int(port), host)


async def _led_to_the_proxy() -> None:
    reader, writer = await _stdio()
    link = Link(reader, writer, lambda: asyncio.open_connection(*PROXY))
    await link.hello()
    await link.run()


def _is_ready(address: str) -> int:
    try:
        urllib.request.urlopen(f"http://{address}/ready", timeout=SECONDS).close()
    except OSError:
        return 1
    return 0


async def _exporter(uri: str) -> None:
    def read() -> str:
        with urllib.request.urlopen(uri, timeout=SECONDS) as answer:  # noqa: S310 - of the layout
            return str(answer.read().decode())

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(MOST_BYTES)
        try:
            await _say(writer, 200, await asyncio.to_thread(read))
        except OSError as error:
            await _say(writer, 503, str(error))

    await _serve(answer, EXPORTER_PORT)


async def _serve(answer: object, port: int, host: str = ANYWHERE) -> None:
    server = await asyncio.start_server(answer, host, port)  # type: ignore[arg-type]
    await server.serve_forever()


async def _say(writer: StreamWriter, status: int, body: str) -> None:
    """Answer, and end the connection."""
    content = body.encode()
    head = (
        f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + content)
    writer.close()
    await writer.wait_closed()


async def _stdio() -> tuple[StreamReader, StreamWriter]:
    loop, reader = asyncio.get_running_loop(), StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await loop.connect_read_pipe(lambda: protocol, sys.stdin.buffer)
    out, control = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(StreamReader()), sys.stdout.buffer
    )
    return reader, StreamWriter(out, control, reader, loop)
