"""Run the look-alike on a port of this machine: `python -m lookalikes.identity_provider`."""

from typing import Annotated

import typer

from lookalikes.identity_provider.app import KEYS_PATH, TOKEN_PATH, create_app
from lookalikes.identity_provider.issuer import Issuer
from lookalikes.listening import answer, listen

HOST = "127.0.0.1"
PORT = 8791


def serve(
    port: Annotated[int, typer.Option(help="Port of this machine.", min=1, max=65535)] = PORT,
) -> None:
    """Give tokens to whoever asks, until Ctrl-C."""
    listening = listen(HOST, port)
    address = f"http://{HOST}:{port}"
    typer.echo(f"Tokens at {address}{TOKEN_PATH}, keys at {address}{KEYS_PATH}")
    app = create_app(Issuer(f"{address}/"))
    answer(app, listening, "warning")


if __name__ == "__main__":
    typer.run(serve)
