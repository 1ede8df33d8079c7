"""The public clients of Connect through the configuration that is deployed (OP-3, OP-7, CC-13).

The real nginx, and the look-alike of Connect behind it.
"""

from dataclasses import replace

import pytest
from onepasswordconnectsdk.client import new_client
from onepasswordconnectsdk.errors import (
    FailedToRetrieveItemException,
    FailedToRetrieveVaultException,
)

from harness import nginx
from harness.look_alikes import onepassword_connect
from systems.onepassword_connect.files.health_aggregator import Service, judge
from systems.onepassword_connect.proxy import Proxy, nginx_configuration
from tests.lookalikes.onepassword_connect.clients import node


@pytest.fixture(scope="module")
def server(real_nginx, tmp_path_factory):  # noqa: ARG001 - it is there
    """Give the look-alike of Connect, whose address is that of the proxy."""
    folder = tmp_path_factory.mktemp("proxy")
    with onepassword_connect(folder / "connect") as behind:
        port, there = nginx.free_port(), behind.url.removeprefix("http://")
        configuration = nginx_configuration(
            Proxy(
                edge=f"127.0.0.1:{port}",
                monitoring=f"127.0.0.1:{nginx.free_port()}",
                trusted="127.0.0.2",
                connect=there,
                health=there,
                folder=str(folder),
            )
        )
        with nginx.running(configuration, folder, port):
            yield behind, replace(behind, url=f"http://127.0.0.1:{port}")


def test_a_credential_is_read_by_name_and_is_that_of_connect(server):
    """OP-C6: three requests, of which the last has the secret."""
    behind, proxied = server
    token = behind.token("services")
    direct, through = (
        new_client(each.url, token).get_item("mailer", "services") for each in (behind, proxied)
    )
    (found,) = node(proxied, ["getItemByTitle", through.vault.id, "mailer"], name="services")

    values = {
        field.label: field.value for field in through.fields if field.label != "one-time password"
    }
    assert values["service_token"]
    assert values.items() <= {field.label: field.value for field in direct.fields}.items()
    assert found["value"]["id"] == through.id


def test_a_token_is_checked_by_connect_at_every_item(server):
    """OP-C5: one that is revoked is refused with the next item, as is one that never was."""
    behind, proxied = server
    old = behind.control("POST", "/tokens", name="old", vaults=["services"])["token"]
    client = new_client(proxied.url, old)
    item = client.get_item("mailer", "services")
    behind.control("DELETE", "/tokens/old")

    with pytest.raises(FailedToRetrieveItemException, match="401"):
        client.get_item_by_id(item.id, item.vault.id)
    with pytest.raises(FailedToRetrieveVaultException, match="401"):
        new_client(proxied.url, "never").get_vaults()


def test_a_token_sees_its_vaults_and_no_other(server):
    """OP-C7: through what is kept for another token as well."""
    behind, proxied = server
    every, one = (new_client(proxied.url, behind.token(name)) for name in ("all", "services"))
    seen = {vault.name: vault.id for vault in every.get_vaults()}

    assert seen.keys() == {"infrastructure", "services", "integrations", "emergency"}
    assert [vault.name for vault in one.get_vaults()] == ["services"]
    with pytest.raises(FailedToRetrieveVaultException, match="not in scope"):
        one.get_vault(seen["emergency"])


def test_what_was_fetched_is_read_while_1password_is_away(server):
    """OP-C2: the look-alike does what 1Password says of its server; health is degraded."""
    behind, proxied = server
    client = new_client(proxied.url, behind.token("services"))
    before = client.get_item("mailer", "services")
    behind.control("PUT", "/upstream", away=True)
    after = client.get_item_by_id(before.id, before.vault.id)
    report = judge([Service("connect-api", behind.url), Service("connect-sync", behind.url)])
    behind.control("PUT", "/upstream", away=False)

    assert [field.label for field in after.fields] == [field.label for field in before.fields]
    assert report.status == "degraded"
    assert report.checks["connect-api"] == "ok"
