"""The look-alike of 1Password Connect, once for all tests here that leave it as they found it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from onepasswordconnectsdk.client import Client, new_client

from harness.look_alikes import OnePasswordConnect, onepassword_connect

SEED = Path(__file__).with_name("seed.yaml")


@pytest.fixture(scope="session")
def connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnePasswordConnect]:
    with onepassword_connect(tmp_path_factory.mktemp("connect"), SEED) as running:
        yield running


@pytest.fixture
def client(connect: OnePasswordConnect) -> Client:
    return new_client(connect.url, connect.token("writer"))
