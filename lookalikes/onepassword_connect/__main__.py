"""Run the look-alike on a port of this machine: `python -m lookalikes.onepassword_connect`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from lookalikes.listening import answer, listen
from lookalikes.onepassword_connect.app import create_app
from lookalikes.onepassword_connect.planting import plant
from lookalikes.onepassword_connect.seed import SeedError, read_seed
from lookalikes.onepassword_connect.server import Server
from lookalikes.onepassword_connect.store import DamagedError, Store

PORT = 8791
EXAMPLE = Path(__file__).with_name("example.yaml")


def serve(
    data: Annotated[Path, typer.Option(help="Folder that it keeps its state in.")],
    port: Annotated[int, typer.Option(help="Port to listen at.", min=1, max=65535)] = PORT,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    seed: Annotated[Path, typer.Option(help="YAML of what it begins with.")] = EXAMPLE,
    controls: Annotated[
        bool, typer.Option("--controls", help="Let anybody who reaches it steer it: for tests.")
    ] = False,
) -> None:
    """Answer as a 1Password Connect server does, until Ctrl-C."""
    listening = listen(host, port)
    os.umask(0o077)
    try:
        store = Store(data)
        plant(store, read_seed(seed))
    except (SeedError, DamagedError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"error: {data}: cannot be used as --data: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"1Password Connect look-alike at http://{host}:{port}")
    typer.echo(f"its tokens lie in {data / 'tokens'}")
    app = create_app(Server(store), controls=controls)
    answer(app, listening)


if __name__ == "__main__":
    typer.run(serve)
