"""Planting a seed: what a server lacks of it is made; what is there keeps its values."""

import secrets
from collections.abc import Iterator
from typing import Any

from lookalikes.onepassword_connect.identifiers import new_id
from lookalikes.onepassword_connect.items import Item, ItemField, Reference, Section, made
from lookalikes.onepassword_connect.seed import SECRET, Seed, SeedField, SeedItem, SeedVault
from lookalikes.onepassword_connect.store import Store

Json = dict[str, Any]
EPOCH = "2026-01-01T00:00:00Z"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def plant(store: Store, seed: Seed) -> None:
    """Add to *store* the vaults, items, fields and tokens of *seed* that it does not have."""
    for each in seed.vaults:
        _plant_items(store, _vault(store, each), each)
    ids = {vault["name"]: key for key, vault in store.kept.vaults.items()}
    store.save()
    for token in seed.tokens:
        vaults = tuple(ids[name] for name in token.vaults)
        before = store.kept.tokens.get(token.name)
        if store.issued(token.name) is None or before is None:
            store.issue(token.name, vaults, write=token.write)
        elif (before.vaults, before.write) != (vaults, token.write):
            # A real one cannot be edited; in a seed it is the same token that is meant.
            changed = before.model_copy(update={"vaults": vaults, "write": token.write})
            store.kept.tokens[token.name] = changed
            store.save()


def _vault(store: Store, seed: SeedVault) -> str:
    for key, vault in store.kept.vaults.items():
        if vault["name"] == seed.name:
            return key
    key = new_id()
    store.kept.items[key] = {}
    store.kept.vaults[key] = {
        "id": key,
        "name": seed.name,
        "description": seed.description,
        "attributeVersion": 1,
        "contentVersion": 1,
        "type": "USER_CREATED",
        "createdAt": EPOCH,
        "updatedAt": EPOCH,
    }
    return key


def _plant_items(store: Store, vault: str, seed: SeedVault) -> None:
    items = store.kept.items[vault]
    by_title = {item["title"]: item for item in items.values()}
    for each in seed.items:
        item = by_title.get(each.title)
        if item is None:
            new = _item(store, vault, each)
            items[new["id"]] = new
        else:
            _complete(item, each)


def _item(store: Store, vault: str, seed: SeedItem) -> Json:
    labels = dict.fromkeys(field.section for field in seed.fields if field.section)
    sections = {label: new_id() for label in labels}
    item = Item(
        title=seed.title,
        vault=Reference(id=vault),
        category=seed.category,
        tags=list(seed.tags),
        sections=[Section(id=key, label=label) for label, key in sections.items()],
        fields=[_field(each, sections) for each in seed.fields],
    )
    kept = made(item, [])
    kept["files"] = list(_files(store, vault, kept["id"], seed))
    return kept


def _complete(item: Json, seed: SeedItem) -> None:
    """Give an item the fields that its seed has got since."""
    labels = {field.get("label") for field in item["fields"]}
    sections = {each.get("label"): each["id"] for each in item["sections"]}
    for each in seed.fields:
        if each.label in labels or (each.section and each.section not in sections):
            continue
        field = _field(each, sections).model_dump(exclude_none=True)
        item["fields"].append({**field, "id": new_id()})


def _field(seed: SeedField, sections: dict[Any, str]) -> ItemField:
    section = Reference(id=sections[seed.section]) if seed.section else None
    return ItemField(section=section, type=seed.type, label=seed.label, value=_value(seed))


def _value(seed: SeedField) -> str:
    if seed.type == "OTP":
        secret = "".join(secrets.choice(BASE32) for _ in range(32))
        return f"otpauth://totp/look-alike?secret={secret}"
    return secrets.token_urlsafe(24) if seed.type in SECRET else seed.value or ""


def _files(store: Store, vault: str, item: str, seed: SeedItem) -> Iterator[Json]:
    for each in seed.files:
        key = new_id()
        store.keep_content(key, secrets.token_bytes(each.size))
        path = f"/v1/vaults/{vault}/items/{item}/files/{key}/content"
        yield {"id": key, "name": each.name, "size": each.size, "content_path": path}
