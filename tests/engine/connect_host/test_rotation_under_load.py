"""What both machines of Connect have is changed while requests come all the time (OP-1, OP-4).

The tunnel leads to two hosts, on a real Docker Engine with the real nginx; the edge and the
connectors are stubs that register and leave as cloudflared does.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import docker
import pulumi
import pytest

from components.docker_host import DockerHost
from harness.docker_engine import DockerEngine
from harness.docker_images import import_image, static_binary
from planning.tunnel_tokens import new_secret, token_of
from systems.onepassword_connect.layout import (
    CREDENTIALS,
    CREDENTIALS_FILE,
    TOKEN,
    TOKEN_FILE,
    Layout,
    data_volume,
)
from systems.onepassword_connect.settings import Machine, OnePasswordConnect, Proxy
from tests.engine.connect_host import images
from tests.engine.engine import Engine, EngineFailure

pytestmark = [pytest.mark.engine, pytest.mark.docker]

HERE = Path(__file__).parent
OWN = {
    "cloudflared": "docker.io/stub/connector:2026.10.4",
    "connect-api": "docker.io/stub/connect:1.8.3",
    "connect-sync": "docker.io/stub/connect:1.8.3",
}
MACHINES = {"first": "10.213.42.0/24", "second": "10.213.43.0/24"}
REQUESTS_A_SECOND = 40
SECONDS = 60
BROKEN = "broken"
"""Credentials with which a service of Connect ends at once."""

UNLIMITED = Proxy(requests_a_minute=100_000, burst=10_000, lists_kept_seconds=0)


@dataclass
class Program:
    """Two machines, made one after the other as the system does it."""

    engine: str
    token: str
    credentials: str

    def __call__(self) -> None:
        chosen = {**images.NAMES, **OWN}
        settings = OnePasswordConnect(host="c.example.com", images=chosen, proxy=UNLIMITED)
        before: list[pulumi.Resource] = []
        for name, subnet in MACHINES.items():
            machine = Machine(name=name, engine=self.engine, subnet=subnet)
            data = data_volume(self.credentials)
            layout = Layout(settings, machine, name, pinned=False, data=data)
            contents: dict[str, dict[str, Any]] = {
                **layout.files(),
                f"{CREDENTIALS}-seed": {CREDENTIALS_FILE: self.credentials},
                f"{TOKEN}-seed": {TOKEN_FILE: pulumi.Output.secret(self.token)},
            }
            options = pulumi.ResourceOptions(depends_on=list(before))
            made = DockerHost(name, layout.args, contents=contents, opts=options)
            before += made.containers.values()


class Edge:
    """The stub of the edge: whose token it takes, and requests that never stop."""

    def __init__(self, process: "subprocess.Popen[str]", token: Path) -> None:
        self._process = process
        self._token = token

    def takes(self, token: str) -> None:
        """Take connectors with *token* from now on; those that are there stay."""
        self._token.write_text(token)

    @contextmanager
    def load(self) -> Iterator[dict[str, Any]]:
        """Send requests all the time; what came of them is there at the end."""
        came: dict[str, Any] = {}
        self._say(f"{len(MACHINES)}")
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "loading\n"
        yield came
        self._say("enough")
        came.update(json.loads(self._process.stdout.readline()))

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


@pytest.fixture(scope="module")
def client(own_engine: DockerEngine) -> Iterator[docker.DockerClient]:
    images.import_all(own_engine)
    stub = static_binary(HERE / "connector.go")
    tools = {f"usr/bin/{name}": static_binary(images.STUB) for name in images.TOOLS}
    for name, changes in {"cloudflared": "ENTRYPOINT", "connect": "CMD"}.items():
        image = OWN.get(name, OWN["connect-api"]).removeprefix("docker.io/")
        change = f'{changes} ["{name}"]'
        import_image(own_engine, image, {**tools, f"usr/bin/{name}": stub}, [change])
    with closing(own_engine.client()) as hands:
        yield hands


@pytest.fixture(scope="module")
def edge(own_engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    token = tmp_path_factory.mktemp("edge") / "token"
    token.touch()
    command = [sys.executable, str(HERE / "edge.py"), str(token), str(REQUESTS_A_SECOND)]
    with subprocess.Popen(
        [*own_engine.enter, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Edge(process, token)
        process.kill()


@pytest.fixture(scope="module")
def program(own_engine: DockerEngine) -> Program:
    return Program(own_engine.host, new_token(), json.dumps({"uniqueKey": "first"}))


@pytest.fixture(scope="module")
def hosts(
    client: docker.DockerClient,  # noqa: ARG001 - the images have to be there
    edge: Edge,
    program: Program,
    binary: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    engine = Engine(
        binary, tmp_path_factory.mktemp("hosts"), "http://127.0.0.1:1/client/v4", "t" * 40
    )
    edge.takes(program.token)
    stack = engine.stack(program)
    stack.up()
    yield stack
    stack.destroy()


def new_token() -> str:
    return token_of("a" * 32, "11111111-2222-3333-4444-555555555555", new_secret())


def ids(client: docker.DockerClient, name: str) -> list[str]:
    return [str(client.containers.get(f"connect-{machine}-{name}").id) for machine in MACHINES]


@contextmanager
def ends(client: docker.DockerClient) -> Iterator[list[tuple[str, str]]]:
    """Note which containers are told to end (`kill`), and which have ended (`die`), in order."""
    noted: list[tuple[str, str]] = []
    kinds = {"type": "container", "event": ["kill", "die"]}
    events = client.events(decode=True, filters=kinds)

    def note() -> None:
        noted.extend((each["Actor"]["Attributes"]["name"], each["Action"]) for each in events)

    thread = Thread(target=note, daemon=True)
    thread.start()
    yield noted
    events.close()
    thread.join(SECONDS)


def check_nothing_failed(came: dict[str, Any]) -> None:
    assert came["failed"] == []
    assert len(came["answered"]) == len(MACHINES)
    assert min(came["answered"].values()) > REQUESTS_A_SECOND


def test_another_token_of_the_tunnel_loses_no_request(hosts, client, edge, program):
    """OP-4: connectors that are there stay until they are made anew, one machine after another."""
    before = {name: ids(client, name) for name in images.NAMES}
    with edge.load() as came:
        program.token = new_token()
        edge.takes(program.token)
        up = hosts.up()

    check_nothing_failed(came)
    after = {name: ids(client, name) for name in images.NAMES}
    changed = {name for name in before if not set(before[name]) & set(after[name])}
    assert changed == {"cloudflared"}
    assert set(up.changes.values()) == {"replace"}
    assert hosts.preview().changes == {}


def test_other_credentials_lose_no_request(hosts, client, edge, program):
    """OP-3: the tunnel leaves a machine before Connect does, and comes back after it."""
    before = {name: ids(client, name) for name in images.NAMES}
    with edge.load() as came, ends(client) as ended:
        program.credentials = json.dumps({"uniqueKey": "second"})
        hosts.up()

    check_nothing_failed(came)
    for machine in MACHINES:
        # Requests that the tunnel has when it is told to go are answered before Connect goes.
        gone = ended.index((f"connect-{machine}-cloudflared", "die"))
        for name in ("connect-api", "connect-sync", "health"):
            assert ended.index((f"connect-{machine}-{name}", "kill")) > gone
    after = {name: ids(client, name) for name in images.NAMES}
    changed = {name for name in before if not set(before[name]) & set(after[name])}
    assert changed == {"connect-api", "connect-sync", "health", "cloudflared"}
    own = tuple(f"connect-{machine}-connect-data" for machine in MACHINES)
    volumes = [each.name for each in client.volumes.list() if each.name.startswith(own)]
    assert sorted(volumes) == [
        f"connect-{machine}-{data_volume(program.credentials)}" for machine in MACHINES
    ]
    assert hosts.preview().changes == {}


def test_what_does_not_work_stops_at_the_first_machine(hosts, client, edge, program):
    """OP-1: the other one serves on, and what does work is brought up over what was left."""
    good, before = program.credentials, ids(client, "connect-api")
    with edge.load() as came:
        program.credentials = BROKEN
        with pytest.raises(EngineFailure, match="health"):
            hosts.up()
        stopped = ids(client, "connect-api")
        program.credentials = good
        hosts.up()

    check_nothing_failed(came)
    assert stopped[0] != before[0]
    assert stopped[1] == before[1]
    assert hosts.preview().changes == {}
