"""A provider in process, and an API v4 that lets everything pass."""

from collections.abc import AsyncIterator, Iterator

import pytest

from provider.cloudflare.provider import Provider
from tests.provider.cloudflare.fake_api import TOKEN, FakeApi
from tests.provider.harness import Harness


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with FakeApi() as serving:
        yield serving


@pytest.fixture
async def plugin(api: FakeApi) -> AsyncIterator[Harness]:
    harness = Harness(Provider)
    await harness.configure(baseUrl=api.base_url, apiToken=TOKEN)
    yield harness
    await harness.close()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
