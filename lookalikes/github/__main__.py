"""Run the look-alike on a port of this machine: `python -m lookalikes.github`."""

import json
import signal
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lookalikes.github.repository import Repository
from lookalikes.github.server import HOST, server_of

PORT = 8793


def serve(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSON of the repository, written at the end.")
    ],
    port: Annotated[int, typer.Option(help="Port of this machine.", min=1, max=65535)] = PORT,
) -> None:
    """Answer as GitHub's API does for the repository in FILE, until Ctrl-C."""
    given = json.loads(file.read_text()) if file.exists() else {}
    comments = {int(number): said for number, said in given.pop("comments", {}).items()}
    repository = Repository(**{**given, "comments": comments})
    try:
        served = server_of(repository, port)
    except OSError as error:
        said = f"port {port} of {HOST} cannot be taken: {error.strerror}; name another by --port"
        typer.echo(f"error: {said}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"GitHub look-alike at {repository.api}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    with suppress(KeyboardInterrupt):
        served.serve_forever()
    file.write_text(json.dumps(asdict(repository), indent=2) + "\n")


if __name__ == "__main__":
    typer.run(serve)
