"""Items are made, replaced, patched and deleted as the API of 1Password Connect has it (CC-11)."""

from typing import Any

import pytest
from onepasswordconnectsdk.errors import FailedToRetrieveItemException
from onepasswordconnectsdk.models import Field, Item, ItemVault, Section

from tests.lookalikes.onepassword_connect.clients import ask, node, vault_of


def test_an_item_is_made_changed_and_deleted(client):
    vault = vault_of(client)
    item = Item(
        vault=ItemVault(id=vault),
        title="made",
        category="API_CREDENTIAL",
        sections=[Section(id="a", label="first")],
        fields=[Field(label="key", generate=True, type="CONCEALED", section={"id": "a"})],
    )
    made = client.create_item(vault, item)
    assert len(made.fields[0].value) == 32
    made.title = "changed"
    changed = client.update_item(made.id, vault, made)
    assert (changed.title, changed.version) == ("changed", 2)
    assert changed.fields[0].value == made.fields[0].value

    client.delete_item(made.id, vault)
    with pytest.raises(FailedToRetrieveItemException, match="404") as gone:
        client.get_item_by_id(made.id, vault)
    assert gone.value.status_code == 404


def test_the_client_for_node_makes_and_deletes(connect, client):
    vault = vault_of(client)
    item = {"vault": {"id": vault}, "title": "of node", "category": "LOGIN", "fields": []}
    made, deleted, gone = node(
        connect,
        ["createItem", vault, item],
        ["deleteItemByTitle", vault, "of node"],
        ["getItemByTitle", vault, "of node"],
    )

    assert made["value"]["title"] == "of node"
    assert deleted == {"value": None}
    assert gone["rejected"]["status"] == 404


def test_a_put_replaces_so_that_what_a_client_drops_is_lost(connect, client):
    """O12: the client for Python drops files and labels of addresses, that for Node keeps them."""
    vault = vault_of(client)
    body = {
        "vault": {"id": vault},
        "title": "addressed",
        "category": "LOGIN",
        "urls": [{"href": "https://a.example", "label": "first", "primary": True}],
    }
    path = f"/v1/vaults/{vault}/items"
    made = ask(connect, path, method="POST", json=body).json()
    sent = {name: value for name, value in made.items() if not name.endswith("At")}
    (kept,) = node(connect, ["updateItem", vault, sent])
    assert kept["value"]["urls"] == body["urls"]

    client.update_item(made["id"], vault, client.get_item(made["id"], vault))
    after = ask(connect, f"{path}/{made['id']}").json()
    assert after["urls"] == [{"href": "https://a.example", "primary": True}]


def test_files_are_lost_by_a_put_that_does_not_name_them(connect, client, tmp_path):
    """O5, O12, O15: bytes come as bytes, by the path that the file names."""
    vault = vault_of(client)
    item = client.get_item("with a file", "services")
    (file,) = client.get_files(item.id, vault)
    assert (file.name, file.size) == ("certificate.der", 300)
    assert file.content_path.startswith("/v1/")
    client.download_file(file.id, item.id, vault, str(tmp_path))
    assert len((tmp_path / "certificate.der").read_bytes()) == 300
    by_node = node(connect, ["listFiles", "services", "with a file"])[0]["value"]
    assert [each["id"] for each in by_node] == [file.id]
    inline = f"/v1/vaults/{vault}/items/{item.id}/files?inline_files=true"
    assert ask(connect, inline).json()[0]["content"]

    client.update_item(item.id, vault, item)
    assert client.get_files(item.id, vault) == []
    assert ask(connect, file.content_path).status_code == 404


@pytest.mark.parametrize(
    ("operations", "path", "expected"),
    [
        ([{"op": "replace", "path": "/favorite", "value": True}], "favorite", True),
        ([{"op": "add", "path": "/tags/0", "value": "new"}], "tags", ["new"]),
        ([{"op": "replace", "path": "/", "value": {"title": "whole"}}], "title", "whole"),
        ([{"op": "replace", "path": "/fields/one/value", "value": "v"}], "fields.0.value", "v"),
        ([{"op": "remove", "path": "/fields/one"}], "fields", []),
    ],
)
def test_a_part_of_an_item_is_changed(connect, client, operations, path, expected):
    vault = vault_of(client)
    field = {"id": "one", "label": "l", "type": "STRING", "value": "before"}
    body = {"vault": {"id": vault}, "title": "p", "category": "LOGIN", "fields": [field]}
    items = f"/v1/vaults/{vault}/items"
    made = ask(connect, items, method="POST", json=body).json()
    changed: Any = ask(connect, f"{items}/{made['id']}", method="PATCH", json=operations).json()
    ask(connect, f"{items}/{made['id']}", method="DELETE")

    for step in path.split("."):
        changed = changed[int(step) if step.isdecimal() else step]
    assert changed == expected
