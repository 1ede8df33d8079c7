"""Somebody beyond the host of the engine: what has no way out of it does not get there."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.docker_engine import DockerEngine

OUTSIDE = "203.0.113.1"
"""An address out on the internet, as far as the containers can tell."""

ROUTER = "203.0.113.254"
"""What the engine's host is to whoever is there."""


@contextmanager
def somebody_outside(engine: DockerEngine, folder: Path) -> Iterator[None]:
    """Answer at port 80 of `OUTSIDE` with what is in *folder*."""
    with subprocess.Popen([*engine.enter, "unshare", "--net", "sleep", "infinity"]) as far:
        there = ["nsenter", f"--net=/proc/{far.pid}/ns/net"]
        try:
            _lead_to(engine, far.pid, there)
            served = ["busybox", "httpd", "-f", "-p", f"{OUTSIDE}:80", "-h", str(folder)]
            with subprocess.Popen([*there, *served]) as server:
                try:
                    time.sleep(0.3)
                    yield
                finally:
                    server.kill()
        finally:
            far.kill()


def _lead_to(engine: DockerEngine, process: int, there: list[str]) -> None:
    """Join the network of *process* to that of the engine's host by a cable."""
    until = time.monotonic() + 10
    others = {Path(f"/proc/{each}/ns/net").readlink() for each in (engine.process, "self")}
    while Path(f"/proc/{process}/ns/net").readlink() in others:  # it is on its way
        assert time.monotonic() < until
        time.sleep(0.05)
    cable = ["type", "veth", "peer", "name", "far", "netns", str(process)]
    engine.inside(["ip", "link", "add", "near", *cable])
    for place, name, end in ((engine.enter, "near", ROUTER), (there, "far", OUTSIDE)):
        for command in (["addr", "add", f"{end}/24", "dev", name], ["link", "set", name, "up"]):
            subprocess.run([*place, "ip", *command], check=True)
