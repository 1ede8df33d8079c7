"""A credential comes through every link that there is in the cloud (CC-11, OP-4, OP-5, OP-7).

Worker, Access, tunnel, nginx with the configuration of a host, the look-alike of Connect.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from harness.connect_host import LOG, ConnectHost, open_host
from systems.onepassword_connect.processes.nginx import find
from tests.workers.conftest import CONNECT_HOST
from tests.workers.stack import ConnectStack
from tests.workers.test_credentials import code_of, provision, reading, value_at

pytestmark = pytest.mark.workerd

WORKERS = "2a06:98c0:3600::103"
"""What Cloudflare says is the client of a worker's own request."""


@pytest.fixture(scope="module")
def host(connect: ConnectStack) -> ConnectHost:
    return open_host(connect.cloud, CONNECT_HOST)


@pytest.fixture(scope="module")
def token(connect: ConnectStack) -> str:
    return (connect.cloud.directory / "1password-connect/tokens/chittyconnect").read_text()


@pytest.fixture
def read(connect: ConnectStack, host: ConnectHost, token: str) -> Iterator[ConnectStack]:
    """Have the worker read credentials at the host, as a deployed one does."""
    with reading(connect, host.url, token, **access(host)):
        yield connect


def access(host: ConnectHost, **changes: str) -> dict[str, str]:
    own = {**host.variables, **changes}
    return {name: own[name] for name in own if name.startswith("ONEPASSWORD_ACCESS")}


def lines(connect: ConnectStack) -> list[Any]:
    """Return what the proxy logged."""
    text = (connect.cloud.directory / LOG).read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_a_credential_passes_access_tunnel_and_proxy(read: ConnectStack, token: str) -> None:
    there = f"http://127.0.0.1:{read.cloud.api_port}/local/hosts/1password-connect.localhost"
    given = provision(read)

    assert given.json()["source"] == "onepassword_connect"
    assert given.json()["value"] == value_at(there, token)
    assert read.cloud.at(read.host, "/health").json()["checks"]["credential_store"] == "ok"
    if not find():
        assert "CI" not in os.environ
        pytest.skip("there is no nginx: what led to Connect is the straight way")
    asked = [each for each in lines(read) if "/items/" in each["path"]]
    assert (asked[-1]["status"], asked[-1]["client"]) == (200, WORKERS)
    assert not any(each["cache"] for each in asked)  # items are never kept
    log = (read.cloud.directory / LOG).read_text()
    assert token not in log
    assert given.json()["value"] not in log


def test_who_has_no_service_token_does_not_reach_the_proxy(
    connect: ConnectStack, host: ConnectHost, token: str
) -> None:
    wrong = access(host, ONEPASSWORD_ACCESS_CLIENT_SECRET="0" * 64)
    before = len(lines(connect))
    for variables in ({}, wrong):
        with reading(connect, host.url, token, **variables):
            refused = provision(connect)
        assert code_of(refused) == (503, "credential_store_refused")
    direct = connect.cloud.at(host.host, "/v1/vaults", headers={"authorization": f"Bearer {token}"})

    assert direct.status_code == 403
    assert len(lines(connect)) == before


def test_a_service_token_that_is_gone_is_refused_with_the_next_request(
    connect: ConnectStack, token: str
) -> None:
    another = open_host(connect.cloud, f"another-{CONNECT_HOST}")
    with reading(connect, another.url, token, **access(another)):
        before = provision(connect).status_code
        path = connect.cloud.account(f"/access/service_tokens/{another.token_id}")
        connect.cloud.result("DELETE", path)
        refused = provision(connect)

    assert before == 200
    assert code_of(refused) == (503, "credential_store_refused")


def test_a_wrong_token_of_connect_is_refused_by_connect(
    connect: ConnectStack, host: ConnectHost
) -> None:
    """Who passes Access has no more than that."""
    with reading(connect, host.url, "no-token", **access(host)):
        refused = provision(connect)

    assert code_of(refused) == (503, "credential_store_refused")
    if find():
        assert lines(connect)[-1]["upstream"] == "401"
