"""OP-1: the stand-in for docker under the real engine, on a real Docker Engine."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pulumi
import pulumi_docker
import pytest

from harness.docker_engine import DockerEngine
from harness.docker_images import import_busybox, remove
from tests.engine.engine import Engine, EngineFailure

pytestmark = [pytest.mark.engine, pytest.mark.docker]

IMAGE = "engine/busybox:1"
CANARY = "s3cr3t-canary"
TRAPPED = ["healthcheck", "init", "tmpfs"]


@pytest.fixture
def client(docker_engine: DockerEngine) -> Iterator[docker.DockerClient]:
    import_busybox(docker_engine, IMAGE, ['CMD ["/bin/busybox", "sleep", "600"]'])
    with closing(docker_engine.client()) as hands:
        yield hands
        remove(hands, ["e-seed", "e-api"], ["e-backend"], ["e-data"])


@pytest.fixture
def engine(binary: Path, tmp_path: Path) -> Engine:
    folder = tmp_path / "engine"
    folder.mkdir()
    return Engine(binary, folder, "http://127.0.0.1:1/client/v4", "t" * 40)


class Host:
    """A program: a network, a volume, a container that fills it and one that serves."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.memory = 64
        self.content = CANARY
        self.retries = 2
        self.internal = True

    def __call__(self) -> None:
        provider = pulumi_docker.Provider("host", host=self.address)
        opts = pulumi.ResourceOptions(provider=provider)
        network = pulumi_docker.Network(
            "backend", name="e-backend", internal=self.internal, opts=opts
        )
        volume = pulumi_docker.Volume("data", name="e-data", opts=opts)
        mount = pulumi_docker.ContainerMountArgs(type="volume", source=volume.name, target="/data")
        seed = pulumi_docker.Container(
            "seed",
            name="e-seed",
            image=IMAGE,
            start=False,
            must_run=False,
            network_mode="none",
            mounts=[mount],
            uploads=[{"file": "/data/key", "content": pulumi.Output.secret(self.content)}],
            opts=opts,
        )
        serving = pulumi_docker.Container(
            "api",
            name="e-api",
            image=IMAGE,
            init=True,
            read_only=True,
            memory=self.memory,
            memory_swap=self.memory,
            networks_advanced=[{"name": network.name}],
            mounts=[mount],
            healthcheck={
                "tests": ["CMD", "/bin/busybox", "true"],
                "interval": "200ms",
                "retries": self.retries,
            },
            wait=True,
            opts=pulumi.ResourceOptions(
                provider=provider, depends_on=[seed], replace_on_changes=TRAPPED
            ),
        )
        pulumi.export("ip", serving.network_datas[0].ip_address)


def test_a_host_comes_up_changes_is_put_right_and_goes(
    engine: Engine, docker_engine: DockerEngine, client: docker.DockerClient
):
    program = Host(docker_engine.host)
    stack = engine.stack(program)

    up = stack.up()
    assert set(up.changes.values()) == {"create"}
    api = client.containers.get("e-api")
    assert (
        stack.outputs()["ip"] == api.attrs["NetworkSettings"]["Networks"]["e-backend"]["IPAddress"]
    )
    assert api.exec_run(["/bin/busybox", "cat", "/data/key"]).output == CANARY.encode()

    assert stack.preview().changes == {}
    assert stack.refresh().changes == {}
    assert CANARY not in str(stack.export())

    program.memory = 96
    assert stack.up().changes == {"api": "update"}
    changed = client.containers.get("e-api")
    assert (changed.id, changed.attrs["HostConfig"]["Memory"]) == (api.id, 96 << 20)

    changed.stop(timeout=0)
    assert stack.up(refresh=True).changes["api"] == "replace"
    assert client.containers.get("e-api").status == "running"

    # The old network can go only after the containers that are on it.
    program.internal, program.retries = False, 3
    assert stack.up().changes == {"backend": "replace", "api": "replace"}
    assert client.containers.get("e-api").attrs["Config"]["Healthcheck"]["Retries"] == 3

    stack.destroy()
    names = [
        *(each.name for each in client.containers.list(all=True)),
        *(each.name for each in client.networks.list()),
        *(each.name for each in client.volumes.list()),
    ]
    assert [name for name in names if str(name).startswith("e-")] == []


def test_a_host_elsewhere_is_refused_before_anything_is_made(engine: Engine):
    with pytest.raises(EngineFailure, match=r"of this machine only .*official docker plugin"):
        engine.stack(Host("ssh://deploy@198.51.100.7")).preview()
