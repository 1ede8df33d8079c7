"""The whole host of Connect on a real Docker Engine (OP-1, OP-2, OP-6, OP-7).

The stand-in plugin makes it: its own proxy, aggregator, networks and files; what 1Password and
Cloudflare make are stubs.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import docker
import pytest

from components.docker_host import DockerHost
from harness.docker_engine import DockerEngine
from systems.onepassword_connect.layout import (
    CREDENTIALS,
    CREDENTIALS_FILE,
    TOKEN,
    TOKEN_FILE,
    Layout,
)
from systems.onepassword_connect.settings import Machine, OnePasswordConnect
from tests.engine.connect_host import images
from tests.engine.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.docker]

SECRETS = [f"cAnArY-{number:03d}-planted" for number in range(50)]
OUTSIDE = "203.0.113.1"
"""An address out on the internet, as far as the containers can tell."""

ROUTER = "203.0.113.254"
"""What the engine's host is to whoever is there."""

REMEMBERED_SECONDS = 2
"""How long the aggregator says what it found before."""

PREFIX = "connect-tests"
API, SYNC, PROXY = "connect-api", "connect-sync", "nginx"


class Program:
    """The host of one machine, without the side of Cloudflare."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.credentials = json.dumps({"uniqueKey": SECRETS[:49]})

    def __call__(self) -> None:
        machine = Machine(name="first", engine=self.address)
        settings = OnePasswordConnect(host="c.example.com", images=images.NAMES)
        layout = Layout(settings, machine, "tests", pinned=False)
        contents = {
            **layout.files(),
            f"{CREDENTIALS}-seed": {CREDENTIALS_FILE: self.credentials},
            f"{TOKEN}-seed": {TOKEN_FILE: SECRETS[49]},
        }
        DockerHost("host", layout.args, contents=contents)


@pytest.fixture(scope="module")
def client(docker_engine: DockerEngine) -> Iterator[docker.DockerClient]:
    images.import_all(docker_engine)
    with closing(docker_engine.client()) as hands:
        yield hands


@pytest.fixture(scope="module")
def host(docker_engine, client, binary: Path, tmp_path_factory) -> Iterator[object]:
    engine = Engine(
        binary, tmp_path_factory.mktemp("host"), "http://127.0.0.1:1/client/v4", "t" * 40
    )
    program = Program(docker_engine.host)
    stack = engine.stack(program)
    stack.up()
    yield stack
    stack.destroy()
    names = [each.name for each in client.containers.list(all=True)]
    assert not [name for name in names if name.startswith(PREFIX)]


def container(client, name):
    return client.containers.get(f"{PREFIX}-{name}")


def run(client, name, *command):
    return container(client, name).exec_run(list(command)).output.decode().strip()


def address(client, name, network):
    networks = container(client, name).attrs["NetworkSettings"]["Networks"]
    return networks[f"{PREFIX}-{network}"]["IPAddress"]


def test_it_is_well_and_nothing_is_left_to_change(host, client):
    assert host.preview().changes == {}
    assert host.refresh().changes == {}
    assert host.preview().changes == {}
    said = run(client, "cloudflared", "get", f"http://{PROXY}:8080/v1/health")

    assert said.startswith("200 ")
    assert json.loads(said.removeprefix("200 "))["status"] == "healthy"
    states = {
        name: container(client, name).attrs["State"].get("Health", {}).get("Status")
        for name in images.NAMES
    }
    assert states == {
        **dict.fromkeys((API, SYNC, "nginx-exporter")),
        **dict.fromkeys(("cloudflared", PROXY, "health"), "healthy"),
    }


@pytest.mark.usefixtures("host")
def test_a_request_comes_through_the_proxy_to_connect(client):
    url = f"http://{PROXY}:8080/v1/vaults"

    assert run(client, "cloudflared", "get", url, "Authorization=Bearer t") == "200 []"
    assert run(client, "cloudflared", "get", url).startswith("401 ")
    assert run(client, "cloudflared", "get", f"http://{PROXY}:8080/metrics").startswith("404 ")


@contextmanager
def somebody_outside(engine: DockerEngine, folder: Path) -> Iterator[None]:
    """Answer beyond the host of the engine: what has no way out of it does not get there."""
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
    near, far = (Path(f"/proc/{each}/ns/net") for each in (engine.process, process))
    while near.readlink() == far.readlink():
        assert time.monotonic() < until
        time.sleep(0.05)
    cable = ["type", "veth", "peer", "name", "far", "netns", str(process)]
    engine.inside(["ip", "link", "add", "near", *cable])
    for place, name, end in ((engine.enter, "near", ROUTER), (there, "far", OUTSIDE)):
        for command in (["addr", "add", f"{end}/24", "dev", name], ["link", "set", name, "up"]):
            subprocess.run([*place, "ip", *command], check=True)


@pytest.fixture
def own_engine(docker_engine):
    """Give the engine where its world can be entered from here: what is in use is left alone."""
    if docker_engine.process is None:
        pytest.skip("the engine is not this harness's own")
    return docker_engine


@pytest.mark.usefixtures("host")
def test_who_reaches_whom_with_packets(client, own_engine, tmp_path):
    """From outside only the tunnel reaches nginx; it has no way out; monitoring meets figures."""
    api = {network: address(client, API, network) for network in ("backend", "egress")}
    health = address(client, "health", "backend")
    edge, figures = (address(client, PROXY, each) for each in ("edge", "monitoring"))
    reached = {
        ("cloudflared", f"{edge}:8080"): True,
        ("cloudflared", f"{api['backend']}:8080"): False,
        ("cloudflared", f"{api['egress']}:8080"): False,
        ("cloudflared", f"{health}:8090"): False,
        (PROXY, f"{api['backend']}:8080"): True,
        (PROXY, f"{health}:8090"): True,
        ("health", f"{api['backend']}:8080"): True,
        ("nginx-exporter", f"{figures}:8081"): True,
        ("nginx-exporter", f"{figures}:8080"): False,
        ("nginx-exporter", f"{edge}:8080"): False,
        ("nginx-exporter", f"{api['backend']}:8080"): False,
        ("nginx-exporter", f"{api['egress']}:8080"): False,
        (PROXY, f"{OUTSIDE}:80"): False,
        ("health", f"{OUTSIDE}:80"): False,
        ("nginx-exporter", f"{OUTSIDE}:80"): False,
        (API, f"{OUTSIDE}:80"): True,
        (SYNC, f"{OUTSIDE}:80"): True,
        ("cloudflared", f"{OUTSIDE}:80"): True,
    }
    with somebody_outside(own_engine, tmp_path), ThreadPoolExecutor() as side_by_side:
        said = side_by_side.map(lambda each: run(client, each[0], "dial", each[1]), reached)
        found = {each: what == "open" for each, what in zip(reached, said, strict=True)}

    assert found == reached


def test_nothing_planted_is_seen_from_outside_of_the_files(host, client):
    """`docker inspect`, environment, labels, logs, images and state: none of 50 secrets."""
    seen = [json.dumps(each.attrs) for each in client.containers.list(all=True)]
    seen += [each.logs().decode() for each in client.containers.list(all=True)]
    seen += [json.dumps(client.api.history(image)) for image in images.NAMES.values()]
    seen += [json.dumps(each.attrs) for each in client.volumes.list()]
    text = "\n".join([*seen, json.dumps(host.export(), default=str)])

    assert [secret for secret in SECRETS if secret in text] == []
    assert f"a token of {len(SECRETS[49])} characters" in text


@pytest.mark.usefixtures("host")
def test_each_container_is_held_as_it_was_asked(client):
    for name in images.NAMES:
        settings = container(client, name).attrs["HostConfig"]
        assert settings["ReadonlyRootfs"] is True, name
        assert settings["CapDrop"] == ["ALL"], name
        assert settings["SecurityOpt"] == ["no-new-privileges:true"], name
        assert settings["Memory"] == settings["MemorySwap"] > 0, name
        assert not settings["PortBindings"], name
        assert settings["RestartPolicy"]["Name"] == "unless-stopped", name
        assert container(client, name).attrs["Config"]["User"].split(":")[0] not in ("", "0"), name


@pytest.mark.usefixtures("host")
def test_a_container_that_is_killed_comes_back(client, own_engine):
    for name in images.NAMES:
        state = container(client, name).attrs["State"]
        assert state["Pid"] > 1, f"{name} does not run"
        enter = ["nsenter", "--target", str(own_engine.process), "--pid", "--mount"]
        subprocess.run([*enter, "busybox", "kill", "-9", str(state["Pid"])], check=True)
        until = time.monotonic() + 15
        while time.monotonic() < until:
            now = container(client, name).attrs["State"]
            healthy = now.get("Health", {}).get("Status", "healthy") == "healthy"
            if now["Running"] and now["Pid"] != state["Pid"] and healthy:
                break
            time.sleep(0.2)
        else:
            pytest.fail(f"{name} is not back and healthy after 15 seconds")
    time.sleep(2 * REMEMBERED_SECONDS)
    said = run(client, "cloudflared", "get", f"http://{PROXY}:8080/v1/health")
    assert json.loads(said.removeprefix("200 "))["status"] == "healthy"


@pytest.mark.usefixtures("host")
def test_proxy_and_aggregator_are_small(client):
    """Both together under 40 MB."""
    used = [
        container(client, name).stats(stream=False)["memory_stats"] for name in (PROXY, "health")
    ]
    resident = sum(each["stats"].get("rss", each["usage"]) for each in used)

    assert resident < 40 << 20


def test_other_credentials_make_both_services_anew_and_nothing_else(host, client, docker_engine):
    before = {name: container(client, name).id for name in images.NAMES}
    program = Program(docker_engine.host)
    program.credentials = json.dumps({"uniqueKey": "another"})
    up = host.becomes(program).up()
    after = {name: container(client, name).id for name in images.NAMES}

    assert {name for name in before if before[name] != after[name]} == {API, SYNC}
    assert set(up.changes.values()) == {"replace"}
