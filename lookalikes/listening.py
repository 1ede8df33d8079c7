"""Take the port that a look-alike is to answer at, and answer there."""

import socket
from contextlib import suppress
from typing import Any

import typer
import uvicorn


def listen(host: str, port: int) -> socket.socket:
    """Take *port* of *host*; where it cannot be had say so and end with 1.

    The server says it as a log alone, after the look-alike has printed where it answers.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        said = f"port {port} of {host} cannot be taken: {error.strerror}; name another by --port"
        typer.echo(f"error: {said}", err=True)
        raise typer.Exit(1) from None


def answer(app: Any, listening: socket.socket, log_level: str = "critical") -> None:
    """Serve the ASGI application *app* at *listening* until Ctrl-C.

    *log_level*: default, next to nothing: a connection that is cut on purpose is no fault to log.
    """
    config = uvicorn.Config(app, log_level=log_level, access_log=False)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
