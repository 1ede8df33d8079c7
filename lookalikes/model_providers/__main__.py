"""Run the look-alikes on a port of this machine: `python -m lookalikes.model_providers`."""

from typing import Annotated

import typer

from lookalikes.listening import answer, listen
from lookalikes.model_providers.app import create_app

HOST = "127.0.0.1"
PORT = 8790


def serve(
    port: Annotated[int, typer.Option(help="Port of this machine.", min=1, max=65535)] = PORT,
) -> None:
    """Answer as Anthropic's Messages and OpenAI's chat completions do, until Ctrl-C."""
    listening = listen(HOST, port)
    typer.echo(f"Anthropic and OpenAI look-alikes at http://{HOST}:{port}")
    answer(create_app(), listening)


if __name__ == "__main__":
    typer.run(serve)
