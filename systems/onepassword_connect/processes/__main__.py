"""What stands before Connect, as plain processes: `make up` runs it beside the local Cloudflare.

It is told by the local Cloudflare where to answer, where to keep files, and where the look-alike of
Connect is; it ends when its input does.

    export LISTEN=/tmp/x/socket FOLDER=/tmp/x CONNECT=127.0.0.1:40001
    python -m systems.onepassword_connect.processes --nginx /usr/sbin/nginx --requests 100
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from systems.onepassword_connect.files.health_aggregator import Service, serve
from systems.onepassword_connect.names import API
from systems.onepassword_connect.processes import nginx, straight
from systems.onepassword_connect.proxy import Proxy, nginx_configuration

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Places:
    """Where everything is."""

    listen: Path
    """Socket that the tunnel reaches."""

    folder: Path
    connect: str
    health: str
    """Host and port of the look-alike, and of the aggregator."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until the input ends, or nginx; return the exit status."""
    asked = _arguments().parse_args(arguments)
    connect = os.environ["CONNECT"]
    (health,) = serve([(LOOPBACK, 0)], [Service(API, f"http://{connect}")])
    with closing(health.socket):
        address = f"{LOOPBACK}:{health.server_address[1]}"
        listen, folder = Path(os.environ["LISTEN"]), Path(os.environ["FOLDER"])
        places = Places(listen, folder, connect, address)
        if asked.nginx is not None:
            configuration = _configuration(places, asked)
            status = nginx.run(asked.nginx, configuration, folder, listen, _ready)
            if status is not None:
                return status
        # It may lack a module: credentials are read all the same.
        note = "" if asked.nginx is None else f"{asked.nginx} does not come up: done without"
        return straight.run(listen, connect, address, partial(_ready, note))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="The proxy before Connect as plain processes.")
    parser.add_argument("--nginx", type=Path, help="its executable; without, Connect is led to")
    parser.add_argument("--requests", type=int, default=100, help="a minute and client")
    parser.add_argument("--burst", type=int, default=20, help="that may come at once beyond")
    parser.add_argument("--kept", type=int, default=5, help="seconds that lists are kept")
    return parser


def _configuration(places: Places, asked: argparse.Namespace) -> str:
    """Return the configuration that a host gets, with the places of this machine."""
    return nginx_configuration(
        Proxy(
            edge=f"unix:{places.listen}",
            monitoring=f"unix:{places.folder / nginx.FIGURES}",
            trusted="unix:",
            connect=places.connect,
            health=places.health,
            requests=asked.requests,
            burst=asked.burst,
            kept=asked.kept,
            folder=str(places.folder),
        )
    )


def _ready(note: str = "") -> None:
    """Say to whoever started this that it answers, and what is to be known of that."""
    sys.stdout.write(f"ready {note}".strip() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
