"""ChittyConnect reads credentials of a Connect server, as far as a service may (CC-11, OP-3)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from onepasswordconnectsdk.client import new_client

from harness.look_alikes import OnePasswordConnect, onepassword_connect
from tests.workers.conftest import VAULTS
from tests.workers.stack import ConnectStack, eventually

pytestmark = pytest.mark.workerd

NAME = "http://1password-connect.localhost"
WANTED = {
    "service": "chittyid",
    "credentialPath": "services/chittyid/service_token",
    "purpose": "checklist",
}
SERVICES = {
    "chittyid": {"vaults": ["services"], "tokens": []},
    "breaker": {"vaults": ["emergency"], "tokens": []},
}


@contextmanager
def reading(connect: ConnectStack, url: str, token: str, **variables: str) -> Iterator[None]:
    """Have the worker read credentials at *url*, then again as before."""
    connect.redeploy(
        ONEPASSWORD_CONNECT_URL=url,
        ONEPASSWORD_CONNECT_TOKEN=token,
        SERVICE_VAULTS=json.dumps(SERVICES),
        **variables,
    )
    try:
        yield
    finally:
        connect.redeploy()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OnePasswordConnect]:
    with onepassword_connect(tmp_path / "connect", VAULTS) as running:
        yield running


def provision(connect: ConnectStack, **changes: str) -> Any:
    return connect.api("POST", "/credentials/provision", json={**WANTED, **changes})


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def value_at(url: str, token: str) -> str:
    """Read the same with the public client."""
    (field,) = new_client(url, token).get_item("chittyid", "services").fields
    return str(field.value)


def test_the_look_alike_that_runs_with_the_local_cloudflare_is_read_by_its_name(
    connect: ConnectStack,
) -> None:
    """OP-C6: What `make up` deploys: nothing else has to be started."""
    token = (connect.cloud.directory / "1password-connect/tokens/chittyconnect").read_text()
    there = f"http://127.0.0.1:{connect.cloud.api_port}/local/hosts/1password-connect.localhost"

    with reading(connect, NAME, token):
        answer = provision(connect)
        other = provision(connect, credentialPath="services/chittyid/nothing")
        health = connect.cloud.at(connect.host, "/health").json()["checks"]

    assert answer.json()["source"] == "onepassword_connect"
    assert answer.json()["value"] == value_at(there, token)
    assert code_of(other) == (404, "credential_not_found")
    assert health["credential_store"] == "ok"
    lines = "\n".join(connect.log_lines())
    assert answer.json()["value"] not in lines
    assert token not in lines


def test_a_service_reads_its_vaults_and_what_it_is_refused_is_on_record(
    connect: ConnectStack, server: OnePasswordConnect
) -> None:
    """OP-C7: by its configuration and by its token."""
    with reading(connect, server.url, server.token("chittyconnect")):
        mine = provision(connect)
        vault = provision(connect, credentialPath="emergency/break_glass/password")
        service = provision(connect, service="mailer")
        # It may by the configuration, and the token does not see that vault.
        token = provision(
            connect, service="breaker", credentialPath="emergency/break_glass/password"
        )

    assert mine.json()["value"] == value_at(server.url, server.token("chittyconnect"))
    assert code_of(vault) == (403, "vault_not_allowed")
    assert code_of(service) == (403, "service_not_allowed")
    assert code_of(token) == (404, "credential_not_found")
    reasons = ("vault_not_allowed", "service_not_allowed")
    assert eventually(lambda: all(reason in audit(connect) for reason in reasons))
    assert mine.json()["value"] not in "\n".join(connect.log_lines())


def test_a_service_with_a_token_of_its_own_is_asked_for_with_that_one(
    connect: ConnectStack, server: OnePasswordConnect
) -> None:
    own = server.control("POST", "/tokens", name="breaker", vaults=["emergency"])["token"]
    tokens = json.dumps({"breaker": own})
    path = "emergency/break_glass/password"

    with reading(
        connect, server.url, server.token("chittyconnect"), ONEPASSWORD_CONNECT_TOKENS=tokens
    ):
        answer = provision(connect, service="breaker", credentialPath=path)
        server.control("DELETE", "/tokens/chittyconnect")
        revoked = provision(connect)
        again = provision(connect, service="breaker", credentialPath=path)

    assert answer.json()["value"]
    assert again.json()["value"] == answer.json()["value"]
    assert code_of(revoked) == (503, "credential_store_refused")


def test_a_revoked_token_stops_with_the_next_request_and_a_changed_value_is_read(
    connect: ConnectStack, server: OnePasswordConnect
) -> None:
    """Nothing of a value is kept: ids of items are, for a minute."""
    writer = server.control("POST", "/tokens", name="writer", vaults=["services"], write=True)
    client = new_client(server.url, writer["token"])

    with reading(connect, server.url, server.token("chittyconnect")):
        before = provision(connect).json()["value"]
        item = client.get_item("chittyid", "services")
        item.fields[0].value = "rotated-by-the-test"
        client.update_item(item.id, item.vault.id, item)
        after = provision(connect).json()["value"]
        server.control("DELETE", "/tokens/chittyconnect")
        revoked = provision(connect)

    assert (before == after, after) == (False, "rotated-by-the-test")
    assert code_of(revoked) == (503, "credential_store_refused")


def test_a_server_that_fails_is_told_and_nothing_older_is_handed_out(
    connect: ConnectStack, server: OnePasswordConnect
) -> None:
    with reading(connect, server.url, server.token("chittyconnect")):
        before = provision(connect).json()["value"]
        server.control("PUT", "/upstream", away=True)
        cached = provision(connect).json()["value"]
        failed = []
        for wants in ("status=503+after=60", "status=500", "garbled"):
            server.control("PUT", "/behaviour", wants=wants)
            failed.append(provision(connect))

    # Without 1Password itself the server has what it fetched, and hands it out.
    assert cached == before
    unavailable = (503, "credential_store_unavailable")
    assert [code_of(each) for each in failed] == [unavailable] * 3
    assert all(int(each.headers["retry-after"]) > 0 for each in failed)


def test_an_address_that_nothing_serves_shows_in_the_health_and_says_why_in_the_log(
    connect: ConnectStack,
) -> None:
    """`make up` and `ops verify` name what a service goes on without."""
    with reading(connect, "http://127.0.0.1:9", "a-token"):
        refused = provision(connect)
        assert eventually(
            lambda: connect.cloud.at(connect.host, "/health").json()["status"] == "degraded"
        )
        health = connect.cloud.at(connect.host, "/health").json()["checks"]

    assert code_of(refused) == (503, "credential_store_unavailable")
    assert health["credential_store"] == "failed"
    said = "fetch() could not reach http://127.0.0.1:9: nothing listens there"
    assert eventually(lambda: said in "\n".join(connect.log_lines()))


def audit(connect: ConnectStack) -> str:
    return "\n".join(line for line in connect.log_lines() if "credential_audit" in line)
