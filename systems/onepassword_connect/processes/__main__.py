"""What stands before Connect on the laptop: `make up` runs it beside the local Cloudflare.

Plain processes, and where it is given an engine, containers that answer in their place.

It is told by the local Cloudflare where to answer, where to keep files, and where the look-alike of
Connect is; it ends when its input does.

    export LISTEN=/tmp/x/socket FOLDER=/tmp/x CONNECT=127.0.0.1:40001
    python -m systems.onepassword_connect.processes --nginx /usr/sbin/nginx --requests 100
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from systems.onepassword_connect.files.health_aggregator import Service, serve
from systems.onepassword_connect.names import API
from systems.onepassword_connect.processes import direct_proxy, nginx
from systems.onepassword_connect.proxy import Proxy, nginx_configuration

LOOPBACK = "127.0.0.1"
APART = "processes"
"""Socket of the processes, where containers may answer in their place."""

Ready = Callable[..., None]
"""Called once when it answers, with what is to be known of that."""


@dataclass(frozen=True)
class Places:
    """Where everything is."""

    listen: Path
    """Socket that the processes answer at."""

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
        if asked.engine is None:
            return _run(places, asked, _ready)
        return _beside_containers(replace(places, listen=folder / APART), asked, listen)


def _run(places: Places, asked: argparse.Namespace, ready: Ready) -> int:
    """Run the processes until the input ends; return the exit status."""
    if asked.nginx is not None:
        configuration = _configuration(places, asked)
        status = nginx.run(asked.nginx, configuration, places.folder, places.listen, ready)
        if status is not None:
            return status
    # It may lack a module: credentials are read all the same.
    note = "" if asked.nginx is None else f"{asked.nginx} does not come up: done without"
    return direct_proxy.run(places.listen, places.connect, places.health, partial(ready, note))


def _beside_containers(places: Places, asked: argparse.Namespace, listen: Path) -> int:
    """Run the processes for as long as there are no containers, and keep them for such a time."""
    # Who has no engine does not wait for what only containers need.
    from systems.onepassword_connect.containers.host import Containers, Host, point, prefix_of  # noqa: PLC0415

    containers = Containers(
        Host(
            engine=asked.engine,
            prefix=prefix_of(asked.name),
            options=_of_containers(asked),
            listen=listen,
            apart=APART,
            connect=places.connect,
            let_go=partial(nginx.let_go, places.folder),
            say=_ready,
        )
    )

    def ready(note: str = "") -> None:
        point(listen, APART)
        coming = f"containers come up on {asked.engine}; until then processes answer"
        _ready(f"{coming}; {note}" if note else coming)
        containers.start()

    try:
        return _run(places, asked, ready)
    finally:
        containers.end()


def _of_containers(asked: argparse.Namespace) -> list[str]:
    limits = {"requests": asked.requests, "burst": asked.burst, "kept": asked.kept}
    named = {"engine": f"unix://{asked.engine}", "name": asked.name, "subnet": asked.subnet}
    return [
        *(f"--{name}={value}" for name, value in {**named, **limits}.items()),
        *(f"--image={each}" for each in asked.image),
    ]


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="The proxy before Connect as plain processes.")
    parser.add_argument("--nginx", type=Path, help="its executable; without, Connect is led to")
    parser.add_argument("--requests", type=int, default=100, help="a minute and client")
    parser.add_argument("--burst", type=int, default=20, help="that may come at once beyond")
    parser.add_argument("--kept", type=int, default=5, help="seconds that lists are kept")
    parser.add_argument("--engine", type=Path, help="socket of a Docker Engine, for containers")
    parser.add_argument("--name", default="local", help="what the containers are told apart by")
    parser.add_argument("--subnet", help="private /24 for their networks")
    parser.add_argument("--image", action="append", default=[], help="name=REFERENCE")
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
