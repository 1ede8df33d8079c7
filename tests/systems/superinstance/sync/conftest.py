"""Sync of SuperInstance on a local Cloudflare of its own, once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from harness.identity import identity_provider
from harness.local_cloudflare import local_cloudflare
from tests.systems.superinstance.sync.stack import SyncStack, deploy


@pytest.fixture(scope="session")
def sync(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncStack]:
    directory = tmp_path_factory.mktemp("sync") / "cloudflare"
    with identity_provider() as provider, local_cloudflare(directory) as cloud:
        yield deploy(cloud, provider)
