"""An engine for tests: against the whole local Cloudflare, or against an API that forgets nothing.

`engine` runs programs on a local Cloudflare of its own (API and workerd); `cloud` is that one.
`fake_engine` runs them against `fake`, which is quick and can be scripted to refuse.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from tests.engine.engine import Engine, collect_loops, pulumi_binary
from tests.ops.conftest import clone
from tests.provider.cloudflare.fake_api import TOKEN, FakeApi

__all__ = ["clone"]  # a stack of the whole program, in a folder of its own


@pytest.fixture(autouse=True)
def _nothing_left_open() -> Iterator[None]:
    yield
    collect_loops()


@pytest.fixture(scope="session")
def binary() -> Path:
    found = pulumi_binary()
    if found is None:
        pytest.fail("there is no Pulumi engine; run make setup, or name one by PULUMI_BIN")
    return found


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[LocalCloudflare]:
    with local_cloudflare(tmp_path / "cloudflare") as running:
        yield running


@pytest.fixture
def engine(binary: Path, cloud: LocalCloudflare, tmp_path: Path) -> Engine:
    return Engine(binary, _scratch(tmp_path), cloud.api_url, cloud.token)


@pytest.fixture
def fake() -> Iterator[FakeApi]:
    with FakeApi() as serving:
        yield serving


@pytest.fixture
def fake_engine(binary: Path, fake: FakeApi, tmp_path: Path) -> Engine:
    return Engine(binary, _scratch(tmp_path), fake.base_url, TOKEN)


def _scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "engine"
    folder.mkdir()
    return folder
