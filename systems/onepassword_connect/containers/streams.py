"""A program in a running container whose input and output are one stream: `docker exec`."""

import asyncio
import json
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

from common.json_types import Json
from systems.onepassword_connect.containers import engines

FRAME = struct.Struct(">BxxxI")
OUTPUT = 1
ASK_SECONDS = 10.0
STARTED = (b"HTTP/1.1 101", b"HTTP/1.1 200")


class GoneError(OSError):
    """There is no such container any more."""


async def opened(
    engine: Path, container: str, command: Sequence[str]
) -> tuple[StreamReader, StreamWriter]:
    """Run *command* in *container* on *engine*; return its output, and its input.

    Raises `OSError` where that cannot be, `GoneError` where the engine has no such container.
    """
    asked = {"AttachStdin": True, "AttachStdout": True, "AttachStderr": False}
    path = f"/containers/{container}/exec"
    made = await asyncio.to_thread(_post, engine, path, {**asked, "Cmd": list(command)})
    reader, writer = await asyncio.open_unix_connection(str(engine))
    body = json.dumps({"Detach": False, "Tty": False})
    head = (
        f"POST /exec/{made['Id']}/start HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        f"Upgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write((head + body).encode())
    try:
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), ASK_SECONDS)
    except asyncio.IncompleteReadError as error:
        answer = error.partial
    except TimeoutError:
        writer.close()
        raise OSError(f"the Docker Engine starts nothing in {container}") from None
    except BaseException:
        writer.close()
        raise
    if not answer.startswith(STARTED):
        writer.close()
        raise OSError(f"the Docker Engine started nothing in {container}: {answer[:60]!r}")
    output = StreamReader()
    task = asyncio.ensure_future(_sorted_out(reader, output))
    output.task = task  # type: ignore[attr-defined]  # kept for as long as what it fills
    return output, writer


async def _sorted_out(reader: StreamReader, output: StreamReader) -> None:
    """Take the content out of the frames in which the engine sends it."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            stream, length = FRAME.unpack(await reader.readexactly(FRAME.size))
            content = await reader.readexactly(length)
            if stream == OUTPUT:
                output.feed_data(content)
    output.feed_eof()


def _post(engine: Path, path: str, body: Json) -> Json:
    status, content = engines.ask(engine, ASK_SECONDS, "POST", path, json.dumps(body))
    if status == HTTPStatus.NOT_FOUND:
        raise GoneError("a container was removed")
    if status != HTTPStatus.CREATED:
        raise OSError(f"the Docker Engine answered {status}: {content[:100]!r}")
    found: Json = json.loads(content)
    return found
