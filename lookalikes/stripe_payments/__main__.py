"""Run the look-alike on a port of this machine: `python -m lookalikes.stripe_payments`."""

from typing import Annotated

import typer

from lookalikes.listening import answer, listen
from lookalikes.stripe_payments.app import create_app

HOST = "127.0.0.1"
PORT = 8791


def serve(
    port: Annotated[int, typer.Option(help="Port of this machine.", min=1, max=65535)] = PORT,
) -> None:
    """Answer as Stripe's API does for Checkout, refunds and webhook endpoints, until Ctrl-C."""
    listening = listen(HOST, port)
    typer.echo(f"Stripe look-alike at http://{HOST}:{port}")
    answer(create_app(), listening)


if __name__ == "__main__":
    typer.run(serve)
