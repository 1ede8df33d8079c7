"""Run the look-alike on a port of this machine: `python -m lookalikes.pulumi_cloud`."""

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from lookalikes.listening import answer, listen
from lookalikes.pulumi_cloud.app import create_app
from lookalikes.pulumi_cloud.replay import VERSIONS
from lookalikes.pulumi_cloud.service import Service
from lookalikes.pulumi_cloud.store import TOKEN_FILE, Store

HOST = "127.0.0.1"
PORT = 8792
USER = "somebody"
MEBIBYTE = 1024 * 1024


def serve(
    data: Annotated[Path, typer.Option(help="Folder that it keeps its state in.")],
    port: Annotated[int, typer.Option(help="Port of this machine.", min=1, max=65535)] = PORT,
    organization: Annotated[
        list[str] | None, typer.Option(help="Where stacks may be; the first is the default.")
    ] = None,
    journal: Annotated[
        int, typer.Option(help="Newest version of journals; 0: none.", min=0, max=max(VERSIONS))
    ] = max(VERSIONS),
    delta_bytes: Annotated[
        int, typer.Option(help="Checkpoints from this size on are sent as edits.", min=0)
    ] = MEBIBYTE,
) -> None:
    """Answer as Pulumi Cloud does to an engine that keeps its stacks there, until Ctrl-C."""
    os.umask(0o077)
    listening = listen(HOST, port)
    try:
        store = Store(data)
        for stack in store.stacks():
            list(stack.updates())
    except OSError as error:
        typer.echo(f"error: {data}: cannot be used as --data: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    except ValidationError:
        said = "has a stack that cannot be read; delete the folder, and start again"
        typer.echo(f"error: {data}: {said}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Pulumi Cloud look-alike at http://{HOST}:{port}")
    typer.echo(f"its access token lies in {data / TOKEN_FILE}")
    owners = tuple(dict.fromkeys([*(organization or []), USER]))
    app = create_app(Service(store, USER, owners, journal, delta_bytes))
    answer(app, listening)


if __name__ == "__main__":
    typer.run(serve)
