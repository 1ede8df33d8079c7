"""Items: what is taken of a client, and what is shown in lists and one by one."""

import secrets
import string
import time
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lookalikes.onepassword_connect.errors import invalid
from lookalikes.onepassword_connect.identifiers import new_id
from lookalikes.onepassword_connect.one_time import code_at

Json = dict[str, Any]

EDITOR = "LOOKALIKELOOKALIKELOOKALIK"
GENERATED_LENGTH = 32
CHARACTERS = {
    "LETTERS": string.ascii_letters,
    "DIGITS": string.digits,
    "SYMBOLS": "!@.-_*",
}
Category = Literal[
    "LOGIN",
    "PASSWORD",
    "API_CREDENTIAL",
    "SERVER",
    "DATABASE",
    "CREDIT_CARD",
    "MEMBERSHIP",
    "PASSPORT",
    "SOFTWARE_LICENSE",
    "OUTDOOR_LICENSE",
    "SECURE_NOTE",
    "WIRELESS_ROUTER",
    "BANK_ACCOUNT",
    "DRIVER_LICENSE",
    "IDENTITY",
    "REWARD_PROGRAM",
    "DOCUMENT",
    "EMAIL_ACCOUNT",
    "SOCIAL_SECURITY_NUMBER",
    "MEDICAL_RECORD",
    "SSH_KEY",
    "CUSTOM",
]
KEPT = ("id", "title", "vault", "category", "urls", "favorite", "tags", "version")
SHOWN_IN_LISTS = (*KEPT, "createdAt", "updatedAt", "lastEditedBy")


class Part(BaseModel):
    """A part of a body. What is not known of it is dropped, as a codec of Go does."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Reference(Part):
    """Another thing, by its id."""

    id: str


class Recipe(Part):
    """How a value is generated."""

    length: Annotated[int, Field(ge=1, le=64)] = GENERATED_LENGTH
    character_sets: Annotated[tuple[str, ...], Field(alias="characterSets")] = (
        "LETTERS",
        "DIGITS",
    )
    exclude_characters: Annotated[str, Field(alias="excludeCharacters")] = ""


class ItemField(Part):
    """A field of an item."""

    id: str | None = None
    section: Reference | None = None
    type: str = "STRING"
    purpose: str | None = None
    label: str | None = None
    value: str | None = None
    generate: bool | None = None
    recipe: Recipe | None = None


class Section(Part):
    """A section of an item."""

    id: str
    label: str | None = None


class Address(Part):
    """An address that an item is for."""

    href: str
    label: str | None = None
    primary: bool | None = None


class FileReference(Part):
    """A file that an item has; its content is sent by no client of this API."""

    id: str


class Item(Part):
    """What a client sends of an item."""

    id: str | None = None
    title: str = ""
    vault: Reference
    category: Category
    urls: list[Address] | None = None
    favorite: bool | None = None
    tags: list[str] | None = None
    sections: list[Section] | None = None
    fields: list[ItemField] | None = None
    files: list[FileReference] | None = None


def read_item(body: Any, vault: str) -> Item:
    """Return the item in *body*, which is for *vault*; refused by the first mistake."""
    try:
        item = Item.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "item"
        known = get_args(Category) if place == "category" else ()
        raise invalid(f"Invalid item {place}{_of(known)}") from None
    if item.vault.id != vault:
        raise invalid("Invalid item vault: it is not the one of the address")
    return item


def made(item: Item, files: list[Json], before: Json | None = None) -> Json:
    """Return what is kept of *item* in the place of *before*: nothing of that is taken along.

    *files* are those that the item had; it keeps those that it names. Default: it is new.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    named = {each.id for each in item.files or ()}
    return {
        "id": before["id"] if before else new_id(),
        "title": item.title,
        "vault": {"id": item.vault.id},
        "category": item.category,
        "urls": _dumped(item.urls),
        "favorite": bool(item.favorite),
        "tags": item.tags or [],
        "version": before["version"] + 1 if before else 1,
        "createdAt": before["createdAt"] if before else now,
        "updatedAt": now,
        "lastEditedBy": EDITOR,
        "sections": _dumped(item.sections),
        "fields": [_field(each) for each in item.fields or ()],
        "files": [each for each in files if each["id"] in named],
    }


def summary(item: Json) -> Json:
    """Return *item* as lists show it: with its vault, without fields."""
    return {name: item[name] for name in SHOWN_IN_LISTS}


def details(item: Json) -> Json:
    """Return *item* whole; fields and sections are lists also where there are none."""
    shown = {**item, "fields": [_with_code(each) for each in item["fields"]]}
    return shown if item["files"] else {k: v for k, v in shown.items() if k != "files"}


def _field(field: ItemField) -> Json:
    kept = field.model_dump(exclude_none=True, exclude={"generate", "recipe"})
    value = _generated(field.recipe or Recipe()) if _is_wanted(field) else field.value
    return {**kept, "id": field.id or new_id(), **({} if value is None else {"value": value})}


def _is_wanted(field: ItemField) -> bool:
    return bool(field.generate) and not field.value


def _generated(recipe: Recipe) -> str:
    sets = [CHARACTERS.get(name, "") for name in recipe.character_sets]
    allowed = [each for each in "".join(sets) if each not in recipe.exclude_characters]
    if not allowed:
        raise invalid("Invalid item fields: a recipe leaves no characters")
    return "".join(secrets.choice(allowed) for _ in range(recipe.length))


def _with_code(field: Json) -> Json:
    code = (
        code_at(field.get("value", ""), time.time()) if field["type"] in {"OTP", "TOTP"} else None
    )
    return field if code is None else {**field, "totp": code}


def _dumped(parts: Any) -> list[Json]:
    return [each.model_dump(exclude_none=True) for each in parts or ()]


def _of(known: tuple[str, ...]) -> str:
    return f"; known are {', '.join(known)}" if known else ""
