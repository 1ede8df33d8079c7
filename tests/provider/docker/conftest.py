"""The plugin in process, on a real Docker Engine that is cleared after each test."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import docker
import pytest

from harness.docker_engine import DockerEngine
from harness.docker_images import import_busybox, remove
from provider.docker.provider import Provider
from tests.provider.docker.programs import CONTAINERS, IMAGE
from tests.provider.harness import Harness


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def stocked(docker_engine: DockerEngine) -> DockerEngine:
    """Give an engine that has the image of the programs."""
    import_busybox(docker_engine, IMAGE, ['CMD ["/bin/busybox", "sleep", "600"]'])
    return docker_engine


@pytest.fixture
def client(stocked: DockerEngine) -> Iterator[docker.DockerClient]:
    """Give somebody else's hands on the engine."""
    with closing(stocked.client()) as hands:
        yield hands
        remove(hands, CONTAINERS, ["p-backend", "p-edge"], ["p-data"])


@pytest.fixture
async def plugin(stocked: DockerEngine, client: docker.DockerClient) -> AsyncIterator[Harness]:  # noqa: ARG001 — cleared afterwards
    harness = Harness(Provider)
    await harness.configure(host=stocked.host)
    yield harness
    await harness.close()
