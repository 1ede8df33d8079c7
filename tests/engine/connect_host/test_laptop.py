"""On a laptop with a Docker Engine the host of Connect comes up as containers (OP-1, OP-4, OP-7).

Worker, Access, tunnel, cloudflared, nginx in a container, the look-alike of Connect: no port is
published, and what answers when there are no containers is the processes.
"""

import json
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from harness.connect_host import ConnectHost, open_host, sidecar_file
from harness.docker_engine import DockerEngine
from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from tests.engine.connect_host import images
from tests.workers.conftest import VAULTS, deployed
from tests.workers.stack import ConnectStack
from tests.workers.test_connect_host import WORKERS, access
from tests.workers.test_credentials import code_of, provision, reading, value_at

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

CONNECT_HOST = "1password-connect-laptop.chitty.cc"
NAME = "onepassword-connect"
LABEL = "chittyos.host"
IMAGES = {name: images.NAMES[name] for name in ("nginx", "health")}
SECONDS = 120


@pytest.fixture(scope="module")
def file(docker_engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("laptop")
    return sidecar_file(folder, CONNECT_HOST, engine=docker_engine.socket, images=IMAGES)


@pytest.fixture(scope="module")
def prefix(file: Path) -> str:
    command = json.loads(file.read_text())["command"]
    return f"connect-{command[command.index('--name') + 1]}"


@pytest.fixture(scope="module")
def laptop(file: Path, prefix: str, client: docker.DockerClient) -> Iterator[ConnectStack]:
    """Give one whose containers come up, beside what a killed one had left."""
    labels = {LABEL: prefix}
    client.networks.create(f"{prefix}-edge", labels=labels)
    image = images.NAMES["health"]
    client.containers.create(image, ["true"], name=f"{prefix}-nginx", labels=labels)
    directory = file.with_name("cloudflare")
    with local_cloudflare(directory, vaults=VAULTS, sidecar=file) as cloud:
        yield deployed(cloud)


@pytest.fixture(scope="module")
def host(laptop: ConnectStack) -> ConnectHost:
    return open_host(laptop.cloud, CONNECT_HOST)


@pytest.fixture(scope="module")
def token(laptop: ConnectStack) -> str:
    return (laptop.cloud.directory / "1password-connect/tokens/chittyconnect").read_text()


def said(cloud: LocalCloudflare) -> str:
    """Return what `make status` says of it."""
    address = f"http://127.0.0.1:{cloud.api_port}/local/status"
    return str(cloud.client.get(address).json()["result"]["sidecars"][NAME]["said"])


def until(there: Callable[[], bool], cloud: LocalCloudflare | None = None) -> None:
    deadline = time.monotonic() + SECONDS
    while not there():
        assert time.monotonic() < deadline, said(cloud) if cloud else ""
        time.sleep(0.1)


def asked(client: docker.DockerClient, prefix: str) -> list[Any]:
    """Return what nginx in the container logged of what Connect was asked."""
    text = client.containers.get(f"{prefix}-nginx").logs().decode()
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [line for line in lines if line["path"].startswith("/v1/vaults")]


def test_no_request_fails_while_containers_take_over_from_the_processes(
    laptop: ConnectStack, host: ConnectHost, token: str
) -> None:
    headers = {
        "authorization": f"Bearer {token}",
        "cf-access-client-id": host.client_id,
        "cf-access-client-secret": host.client_secret,
    }
    came: Counter[int] = Counter()

    def asked_until(there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not there() and time.monotonic() < deadline:
            # A path that is not kept, and of which the proxy has no limit that this would reach.
            came[laptop.cloud.at(host.host, "/v1/health", headers=headers).status_code] += 1
            time.sleep(0.1)

    first = said(laptop.cloud)
    asked_until(lambda: said(laptop.cloud).startswith("containers on "))
    before = came[200]
    asked_until(lambda: came[200] >= before + 20)
    last = laptop.cloud.at(host.host, "/v1/vaults", headers=headers)

    assert first.startswith("containers come up on ")
    assert said(laptop.cloud).startswith("containers on ")
    assert set(came) == {200}
    assert last.status_code == 200


def test_a_credential_passes_access_tunnel_and_the_containers(
    laptop: ConnectStack,
    host: ConnectHost,
    token: str,
    client: docker.DockerClient,
    prefix: str,
) -> None:
    there = f"http://127.0.0.1:{laptop.cloud.api_port}/local/hosts/1password-connect.localhost"
    with reading(laptop, host.url, token, **access(host)):
        given = provision(laptop)
        health = laptop.cloud.at(laptop.host, "/health").json()["checks"]["credential_store"]
    with reading(laptop, host.url, token):
        without = provision(laptop)
    with reading(laptop, host.url, "no-token", **access(host)):
        unknown = provision(laptop)

    assert given.json()["value"] == value_at(there, token)
    assert health == "ok"
    assert code_of(without) == code_of(unknown) == (503, "credential_store_refused")
    lines = asked(client, prefix)
    assert lines[-1]["upstream"] == "401"  # by Connect: who has no service token comes not so far
    items = [line for line in lines if "/items/" in line["path"]]
    assert {(line["upstream"], line["client"]) for line in items} == {("200", WORKERS)}
    processes = (laptop.cloud.directory / f"log/{NAME}.log").read_text()
    assert "/v1/vaults" not in processes


def test_they_are_those_of_a_machine_and_publish_nothing(
    laptop: ConnectStack,  # noqa: ARG001 - they are up
    client: docker.DockerClient,
    prefix: str,
) -> None:
    found = client.containers.list(filters={"label": f"{LABEL}={prefix}"})

    assert {str(each.name).removeprefix(f"{prefix}-") for each in found} == set(images.NAMES)
    for each in found:
        settings = each.attrs["HostConfig"]
        assert settings["ReadonlyRootfs"] is True, each.name
        assert settings["CapDrop"] == ["ALL"], each.name
        assert not settings["PortBindings"], each.name


def test_while_one_is_away_the_processes_answer_and_that_is_said(
    laptop: ConnectStack,
    host: ConnectHost,
    token: str,
    client: docker.DockerClient,
    prefix: str,
) -> None:
    tunnel = client.containers.get(f"{prefix}-cloudflared")
    tunnel.kill()
    until(lambda: said(laptop.cloud).startswith("processes in place of containers: "))
    before = len(asked(client, prefix))
    with reading(laptop, host.url, token, **access(host)):
        answered = provision(laptop).status_code
    tunnel.start()
    until(lambda: said(laptop.cloud).startswith("containers on "), laptop.cloud)

    assert answered == 200
    assert len(asked(client, prefix)) == before


def test_that_nginx_alone_was_stopped_is_noticed_too(
    laptop: ConnectStack, client: docker.DockerClient, prefix: str
) -> None:
    """OP-1: no stream ends with it, and all requests would go to nobody."""
    proxy = client.containers.get(f"{prefix}-nginx")
    proxy.stop()
    name = f"{prefix}-nginx is exited; docker start {prefix}-nginx"
    until(lambda: said(laptop.cloud).endswith(name), laptop.cloud)
    proxy.start()
    until(lambda: said(laptop.cloud).startswith("containers on "), laptop.cloud)


def test_nothing_of_them_outlives_a_local_cloudflare_that_is_killed(
    laptop: ConnectStack, client: docker.DockerClient, prefix: str
) -> None:
    """The last of this file: afterwards there is none."""
    assert laptop.cloud.process
    laptop.cloud.process.kill()
    label: dict[str, Any] = {"label": f"{LABEL}={prefix}"}
    until(lambda: not client.api.containers(all=True, filters=label))
    until(lambda: not client.networks.list(filters=label))
    until(lambda: not client.volumes.list(filters=label))
    name = prefix.removeprefix("connect-")
    until(lambda: name not in subprocess.check_output(["ps", "-A", "-o", "args="], text=True))
