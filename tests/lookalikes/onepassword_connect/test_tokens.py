"""A token of the look-alike sees its vaults and no other, and stops when it is revoked (OP-3)."""

import httpx
import pytest
from onepasswordconnectsdk.client import new_client
from onepasswordconnectsdk.errors import (
    FailedToRetrieveItemException,
    FailedToRetrieveVaultException,
)

from tests.lookalikes.onepassword_connect.clients import ask, node, vault_of


def test_a_token_sees_its_vaults_and_no_other(connect, client):
    """OP-3: one token for each service, with only its vaults."""
    other = new_client(connect.url, connect.token("other"))
    (emergency,) = other.get_vaults()
    listed, refused = node(connect, ["listVaults"], ["getVaultById", emergency.id])

    assert emergency.name == "emergency"
    assert [each["name"] for each in listed["value"]] == ["services"]
    assert refused["rejected"]["status"] == 403
    assert client.get_vaults()[0].items == len(client.get_items(vault_of(client)))
    with pytest.raises(FailedToRetrieveVaultException, match="not in scope"):
        client.get_vault(emergency.id)
    with pytest.raises(FailedToRetrieveItemException, match="Found 0 vaults"):
        client.get_vault_by_title("emergency")


def test_a_token_that_only_reads_changes_nothing(connect, client):
    reader = new_client(connect.url, connect.token("reader"))
    item = reader.get_item("mailer", "services")

    with pytest.raises(FailedToRetrieveItemException, match="403"):
        reader.update_item(item.id, vault_of(client), item)
    with pytest.raises(FailedToRetrieveItemException, match="403"):
        reader.delete_item(item.id, vault_of(client))


def test_a_revoked_token_stops_at_once_and_a_new_one_works_beside_it(connect):
    """OP-3: rotation makes the new one first."""
    old = connect.control("POST", "/tokens", name="old", vaults=["services"])["token"]
    new = connect.control("POST", "/tokens", name="new", vaults=["services"])["token"]
    client, rotated = new_client(connect.url, old), new_client(connect.url, new)
    assert len(client.get_vaults()) == len(rotated.get_vaults()) == 1

    connect.control("DELETE", "/tokens/old")
    with pytest.raises(FailedToRetrieveVaultException, match="401"):
        client.get_vaults()
    assert len(rotated.get_vaults()) == 1


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Basic YTpi"])
def test_without_a_good_token_nothing_is_answered(connect, given):
    answer = httpx.get(f"{connect.url}/v1/vaults", headers={"authorization": given})

    assert answer.status_code == 401
    assert answer.json()["status"] == 401


def test_what_was_asked_is_listed_without_what_was_in_it(connect, client):
    client.get_item("mailer", "services")
    answer = ask(connect, "/v1/activity?limit=1")
    (newest,) = answer.json()

    assert (newest["action"], newest["result"]) == ("READ", "ALLOW")
    assert newest["actor"]["id"] == "writer"
    assert newest["resource"]["item"]["id"]
    assert answer.headers["content-range"].startswith("0-1/")
