"""Both public clients read what the look-alike of 1Password Connect answers (CC-11)."""

from typing import Any

import onepasswordconnectsdk
import pytest
from onepasswordconnectsdk.client import Client
from onepasswordconnectsdk.errors import FailedToRetrieveItemException

from tests.lookalikes.onepassword_connect.clients import ask, fields_of, node, vault_of


def test_both_clients_find_a_vault_and_an_item_by_name(connect, client):
    """O1, O4, O6, O14: one writes `name eq`, the other `title eq` and a slash at the end."""
    found = client.get_item("mailer", "services")
    vault = vault_of(client)
    by_title, item = node(
        connect, ["getVaultByTitle", "services"], ["getItemByTitle", vault, "mailer"]
    )

    assert by_title["value"]["id"] == vault
    assert item["value"]["id"] == found.id
    values = {field["label"]: field["value"] for field in item["value"]["fields"]}
    assert values == fields_of(found)
    assert values["username"] == "mailer"
    assert len(values["service_token"]) == 32


def test_a_list_has_the_vault_of_each_item_and_no_field(connect, client):
    """O1, O14."""
    vault = vault_of(client)
    listed = ask(connect, f"/v1/vaults/{vault}/items").json()

    assert {"mailer", "with a file"} <= {each["title"] for each in listed}
    assert {each["vault"]["id"] for each in listed} == {vault}
    assert not [each for each in listed if {"fields", "sections", "files"} & each.keys()]


def test_an_item_without_fields_has_lists_all_the_same(client):
    """O1: the client for Python fails where there is none."""
    (item, _) = [each for each in client.get_items(vault_of(client)) if each.title == "twice"]
    whole = client.get_item(item.id, vault_of(client))

    assert isinstance(whole.fields, list)
    assert isinstance(whole.sections, list)


@pytest.mark.parametrize("title", ['a "quoted" one', "1+1 is 100% näive"])
def test_both_clients_find_titles_that_are_hard_to_write(connect, client, title):
    """O7: a quote is not escaped, a plus is a plus."""
    vault = vault_of(client)
    (by_node,) = node(connect, ["getItemByTitle", vault, title])

    assert client.get_item_by_title(title, vault).title == title
    assert by_node["value"]["title"] == title


def test_a_title_of_the_form_of_an_id_is_asked_for_by_title_after_a_404(connect, client):
    """O11: by the client for Python only."""
    title = "abcdefghijklmnopqrstuvwxyz"
    (by_node,) = node(connect, ["getItem", vault_of(client), title])

    assert client.get_item(title, "services").title == title
    assert by_node["rejected"] == {"status": 404, "message": f"item {title} not found"}


def test_more_than_one_hit_is_told_by_the_clients(connect, client):
    """O13."""
    with pytest.raises(FailedToRetrieveItemException, match="Found 2 items"):
        client.get_item("twice", "services")
    (by_node,) = node(connect, ["getItemByTitle", vault_of(client), "twice"])

    assert by_node["rejected"]["status"] == 400


def test_titles_are_searched_and_each_hit_fetched(connect, client):
    """O15."""
    vault = vault_of(client)
    both, some = node(
        connect, ["listItemsByTitle", vault, "twice"], ["listItemsByTitleContains", vault, "quoted"]
    )

    assert [each["title"] for each in both["value"]] == ["twice", "twice"]
    assert all("fields" in each for each in both["value"])
    assert [each["title"] for each in some["value"]] == ['a "quoted" one']
    tagged = client.get_items(vault, 'tag eq "both"')
    assert {each.title for each in tagged} == {"twice"}


def test_a_label_stands_in_two_sections(client):
    """O3, O8: it is told apart by the label of the section."""
    vault = vault_of(client)
    item = next(i for i in client.get_items(vault) if i.title == "twice" and _has_two(client, i))
    wanted = {
        name: {"opitem": item.id, "opfield": f"{name}.key", "opvault": vault}
        for name in ("live", "test")
    }
    loaded = onepasswordconnectsdk.load_dict(client, wanted)
    whole = client.get_item(item.id, vault)

    assert loaded == {
        section.label: field.value
        for section in whole.sections
        for field in whole.fields
        if field.section.id == section.id
    }
    assert loaded["live"] != loaded["test"]


def _has_two(client: Client, item: Any) -> bool:
    return len(client.get_item(item.id, item.vault.id).fields) == 2


def test_a_one_time_password_is_made_of_the_secret(connect, client):
    """O3: the field is the secret, the code stands beside it."""
    item = client.get_item("mailer", "services")
    (by_node,) = node(connect, ["getItemOTP", vault_of(client), "mailer"])
    codes = [field.totp for field in item.fields if field.totp]

    assert fields_of(item)["code"].startswith("otpauth://totp/")
    assert len(codes) == 1
    assert codes[0].isdigit()
    assert len(codes[0]) == 6
    assert len(by_node["value"]) == 6
