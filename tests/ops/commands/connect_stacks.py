"""Two stacks that meet at a host name: ChittyConnect, and the host of Connect without its machines.

What stands behind the tunnel runs on this machine: the real nginx, the aggregator, the look-alike.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml

from harness import nginx
from harness.clone import ACCOUNT, ROOT, Clone, make_clone
from harness.look_alikes import OnePasswordConnect, onepassword_connect
from systems.onepassword_connect.layout import AGGREGATOR
from systems.onepassword_connect.proxy import Proxy, nginx_configuration

HOST, CONNECT = "1password-connect.chitty.cc", "connect-development.chitty.cc"
CREDENTIALS = json.dumps({"verifier": {}, "encCredentials": {}, "uniqueKey": {}, "version": "2"})
SYSTEM = "systems/onepassword_connect/component.py"
WANTED = {
    "service": "chittyid",
    "credentialPath": "services/chittyid/service_token",
    "purpose": "load",
}
PAUSE_SECONDS = 0.05
WORKERS = 3
ADDRESS = "127.0.0.1"


@dataclass
class Stacks:
    """A clone with the stacks `development` and `host`, neither of which is up."""

    clone: Clone
    server: OnePasswordConnect

    def must(self, *arguments: str, piped: str | None = None) -> str:
        """Run a command of `ops` that has to succeed; return what it said."""
        done = self.clone.ops(*arguments, piped=piped)
        assert done.code == 0, done.said
        return done.said

    def provision(self) -> httpx.Response:
        """Ask ChittyConnect for a credential, which it reads through Access and the tunnel."""
        return self.clone.ask(CONNECT, "POST", "/api/v1/credentials/provision", json=WANTED)

    def token(self) -> dict[str, object]:
        """Return the service token as the account has it."""
        (found,) = self.clone.api("/access/service_tokens")
        return dict(found)

    @contextmanager
    def load(self) -> Iterator[Counter[str]]:
        """Read credentials all the time; what came of it is counted."""
        came: Counter[str] = Counter()
        ended = threading.Event()

        def read() -> None:
            while not ended.wait(PAUSE_SECONDS):
                try:
                    answer = self.provision()
                    came[str(answer.status_code) if answer.is_success else answer.text] += 1
                except httpx.HTTPError as error:
                    came[repr(error)] += 1

        readers = [threading.Thread(target=read) for _ in range(WORKERS)]
        for reader in readers:
            reader.start()
        try:
            yield came
        finally:
            ended.set()
            for reader in readers:
                reader.join()


@contextmanager
def connect_stacks(folder: Path) -> Iterator[Stacks]:
    """Make a clone with both stacks, its local Cloudflare, and what the tunnel leads to."""
    clone = make_clone(folder / "clone")
    with ExitStack() as stack:
        vaults = ROOT / "systems" / "chittyconnect" / "vaults.yaml"
        server = stack.enter_context(onepassword_connect(folder / "connect", vaults))
        port = stack.enter_context(_behind_the_tunnel(folder, server))
        _lead_to(clone, port)
        _configure(clone)
        started = clone.ops("start")
        assert started.code == 0, started.said
        stack.callback(clone.local, "stop")
        yield Stacks(clone, server)


@contextmanager
def _behind_the_tunnel(folder: Path, server: OnePasswordConnect) -> Iterator[int]:
    """Run the proxy and the aggregator before *server*; yield the port of the proxy."""
    port, figures, health = nginx.free_port(), nginx.free_port(), nginx.free_port()
    address = server.url.removeprefix("http://")
    configuration = nginx_configuration(
        Proxy(
            edge=f"{ADDRESS}:{port}",
            monitoring=f"{ADDRESS}:{figures}",
            trusted=ADDRESS,
            connect=address,
            health=f"{ADDRESS}:{health}",
            requests=100_000,
            burst=10_000,
            folder=str(folder),
        )
    )
    services = f"connect-api={server.url},connect-sync={server.url}"
    environment = {**os.environ, "LISTEN": f"{ADDRESS}:{health}", "SERVICES": services}
    command = [sys.executable, "-I", str(AGGREGATOR)]
    with (
        nginx.running(configuration, folder, port),
        subprocess.Popen(command, env=environment) as it,
    ):
        yield port
        it.terminate()


def _lead_to(clone: Clone, port: int) -> None:
    """Have the system make no machines, and its tunnel lead to *port* of this one."""
    file = clone.root / SYSTEM
    changes = {
        r"service=.+,\n": f'service="http://{ADDRESS}:{port}",\n',
        r"for name in planned\.layouts:": "for name in ():",
    }
    text = file.read_text()
    for before, after in changes.items():
        text, found = re.subn(before, after, text)
        assert found == 1, before
    file.write_text(text)


def _configure(clone: Clone) -> None:
    """Write both stacks: what crosses them is the name of the host."""
    development = clone.configuration()
    values = yaml.safe_load(development.read_text())["config"]
    platform = {k: v for k, v in values.items() if k.startswith(("chittyos:", "cloudflare:"))}
    own = {k: v for k, v in values.items() if k.startswith("chittyconnect:")}
    own["chittyconnect:credentials"]["connect_url"] = f"https://{HOST}"
    _write(development, {**platform, "chittyos:systems": ["chittyconnect"], **own})
    host = {
        "host": HOST,
        "team": "local",
        "emails": ["platform@chitty.cc"],
        "machines": [
            {"name": name, "engine": f"unix:///run/{name}.sock"} for name in ("first", "second")
        ],
    }
    _write(
        clone.configuration("host"),
        {
            **platform,
            "chittyos:systems": ["onepassword_connect"],
            **{f"onepassword_connect:{key}": value for key, value in host.items()},
        },
    )


def _write(path: Path, values: dict[str, object]) -> None:
    assert values["chittyos:account"] == ACCOUNT
    path.write_text(yaml.safe_dump({"config": values}, sort_keys=False))


def wait_for(found: object, seconds: float = 60) -> None:
    """Wait until *found* returns something true."""
    assert callable(found)
    until = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < until
        time.sleep(0.02)
