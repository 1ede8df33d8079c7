"""One host for all tests of this folder, which one process runs: it takes a minute to be there."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest

from harness.docker_engine import DockerEngine
from tests.engine.connect_host import images
from tests.engine.connect_host.hosts import PREFIX, Hands, Program
from tests.engine.engine import Engine, EngineStack


@pytest.fixture(scope="session")
def client(docker_engine: DockerEngine) -> Iterator[docker.DockerClient]:
    """Give an engine that has the images."""
    images.import_all(docker_engine)
    with closing(docker_engine.client()) as hands:
        yield hands


@pytest.fixture(scope="session")
def host(
    docker_engine: DockerEngine,
    client: docker.DockerClient,
    binary: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[EngineStack]:
    """Give the stack of a host that is up, as every test has to leave it."""
    engine = Engine(
        binary, tmp_path_factory.mktemp("host"), "http://127.0.0.1:1/client/v4", "t" * 40
    )
    stack = engine.stack(Program(docker_engine.host))
    stack.up()
    yield stack
    stack.destroy()
    names = [str(each.name) for each in client.containers.list(all=True)]
    assert not [name for name in names if name.startswith(PREFIX)]


@pytest.fixture
def hands(host: EngineStack, client: docker.DockerClient) -> Hands:  # noqa: ARG001 - it is up
    return Hands(client)


@pytest.fixture(scope="session")
def own_engine(docker_engine: DockerEngine) -> DockerEngine:
    """Give the engine where its world can be entered from here: what is in use is left alone."""
    if docker_engine.process is None:
        pytest.skip("the engine is not this harness's own")
    return docker_engine
