"""The host that the tests of this folder share, and hands on its containers."""

import json
from typing import Any

import docker

from components.docker_host import DockerHost
from systems.onepassword_connect.layout import (
    CREDENTIALS,
    CREDENTIALS_FILE,
    TOKEN,
    TOKEN_FILE,
    Layout,
)
from systems.onepassword_connect.settings import Machine, OnePasswordConnect
from tests.engine.connect_host import images

SECRETS = [f"cAnArY-{number:03d}-planted" for number in range(50)]
PREFIX, SUBNET = "connect-checks", "10.213.90.0/24"
API, SYNC, PROXY, TUNNEL = "connect-api", "connect-sync", "nginx", "cloudflared"
HEALTH, EXPORTER = "health", "nginx-exporter"
EDGE = f"http://{PROXY}:8080"
"""Where cloudflared reaches the proxy."""

REMEMBERED_SECONDS = 2
"""How long the aggregator says what it found before."""


class Program:
    """The host of one machine, without the side of Cloudflare."""

    def __init__(self, address: str) -> None:
        machine = Machine(name="first", engine=address, subnet=SUBNET)
        settings = OnePasswordConnect(host="c.example.com", images=images.NAMES)
        self.layout = Layout(settings, machine, PREFIX.removeprefix("connect-"), pinned=False)
        self.credentials = json.dumps({"uniqueKey": SECRETS[:49]})

    def __call__(self) -> None:
        contents = {
            **self.layout.files(),
            f"{CREDENTIALS}-seed": {CREDENTIALS_FILE: self.credentials},
            f"{TOKEN}-seed": {TOKEN_FILE: SECRETS[49]},
        }
        DockerHost("host", self.layout.args, contents=contents)


class Hands:
    """Somebody on the machine: looks at containers, and runs what they hold."""

    def __init__(self, client: docker.DockerClient) -> None:
        self.client = client

    def container(self, name: str) -> Any:
        """Return the container as the engine has it now."""
        return self.client.containers.get(f"{PREFIX}-{name}")

    def run(self, name: str, *command: str) -> str:
        """Run *command* in the container, and return what it says."""
        output: bytes = self.container(name).exec_run(list(command)).output
        return output.decode().strip()

    def get(self, path: str, token: str = "") -> tuple[int, str]:
        """Ask the proxy as cloudflared does; return status and body."""
        headers = [f"Authorization=Bearer {token}"] if token else []
        status, _, body = self.run(TUNNEL, "get", f"{EDGE}{path}", *headers).partition(" ")
        return int(status), body

    def health(self) -> Any:
        """Return what is said of health from outside: status, and the answer in JSON."""
        status, body = self.get("/v1/health")
        return status, json.loads(body)

    def load(self, count: int, rate: int) -> Any:
        """Send *count* mixed requests through the proxy, *rate* a second; 0: as fast as it goes."""
        return json.loads(self.run(TUNNEL, "load", EDGE, str(count), str(rate)))

    def address(self, name: str, network: str) -> str:
        """Return the address of the container on *network*."""
        networks = self.container(name).attrs["NetworkSettings"]["Networks"]
        return str(networks[f"{PREFIX}-{network}"]["IPAddress"])

    def states(self) -> dict[str, tuple[bool, str | None]]:
        """Return of each container whether it runs, and its health where it has a check."""
        found = {name: self.container(name).attrs["State"] for name in images.NAMES}
        return {
            name: (state["Running"], state.get("Health", {}).get("Status"))
            for name, state in found.items()
        }
