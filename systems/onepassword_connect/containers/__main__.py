"""Bring the containers of the laptop up, or take them away: the sidecar runs it beside itself.

python -m systems.onepassword_connect.containers up --engine unix:///var/run/docker.sock …
"""

import argparse
import sys
from collections.abc import Sequence

from provider.docker.engine import Engine
from provider.errors import PluginError
from systems.onepassword_connect.containers import images, machine
from systems.onepassword_connect.containers.host import prefix_of
from systems.onepassword_connect.containers.leftovers import take_away
from systems.onepassword_connect.layout import Layout
from systems.onepassword_connect.settings import Machine, OnePasswordConnect, Proxy

HOST = "connect.localhost"
"""Nobody is told it: who is asked is decided before the proxy."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do it; return the exit status. The last line of the error output says why it failed."""
    asked = arguments_of().parse_args(arguments)
    engine = Engine(asked.engine)
    try:
        if asked.what == "down":
            take_away(engine, prefix_of(asked.name))
        else:
            machine.bring_up(engine, _layout(engine, asked))
    except PluginError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def arguments_of() -> argparse.ArgumentParser:
    """Return what it takes."""
    parser = argparse.ArgumentParser(description="The host of Connect on an engine of this machine")
    parser.add_argument("what", choices=("up", "down"))
    parser.add_argument("--engine", required=True, help="unix:///PATH")
    parser.add_argument("--name", required=True, help="what its containers are told apart by")
    parser.add_argument("--subnet", default="10.213.40.0/24")
    parser.add_argument("--image", action="append", default=[], help="nginx=REFERENCE, or health=…")
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--burst", type=int, default=20)
    parser.add_argument("--kept", type=int, default=5)
    return parser


def _layout(engine: Engine, asked: argparse.Namespace) -> Layout:
    own = dict(each.split("=", 1) for each in asked.image)
    with engine.api() as api:
        found = images.have(api, own)
    proxy = Proxy(
        requests_a_minute=asked.requests, burst=asked.burst, lists_kept_seconds=asked.kept
    )
    return Layout(
        OnePasswordConnect(host=HOST, images=found, proxy=proxy),
        Machine(name="laptop", engine=asked.engine, subnet=asked.subnet),
        asked.name,
        pinned=False,
    )


if __name__ == "__main__":
    raise SystemExit(main())
