"""What a stack keeps, as its state tells: each store that is copied, by the name in the program."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from common.json_types import Json
from ops.engine.resources import name_of, short_type

Kind = Literal["kv", "r2", "d1", "objects"]

KINDS: dict[str, tuple[Kind, str]] = {
    "WorkersKvNamespace": ("kv", "title"),
    "R2Bucket": ("r2", "name"),
    "D1Database": ("d1", "name"),
}
"""Kind of a store by its type, and the input that names it in the account."""

UNCOPIED = {"Queue": "messages that are under way in it can be read once only, by their consumer"}
"""What keeps data of which no copy can be made, and why."""


@dataclass(frozen=True)
class Store:
    """A store of a stack."""

    kind: Kind
    name: str
    """Name that the program gave its resource: the same in every stack."""

    label: str
    """Its name in the account: title, bucket, database."""

    id: str
    jurisdiction: str = ""
    """That of a bucket. Default: none."""

    @property
    def key(self) -> str:
        """How it is known in a backup."""
        return f"{self.kind} {self.name}"


def stores_of(resources: Iterable[Json]) -> list[Store]:
    """Return the stores among the *resources* of a state, by kind and name."""
    found = [_store(each) for each in resources if short_type(each["urn"]) in KINDS]
    return sorted(found, key=lambda store: (store.kind, store.name))


def left_out(resources: Iterable[Json]) -> tuple[str, ...]:
    """Say for each of *resources* that keeps data and is not copied why it is not."""
    return tuple(
        f"{name_of(each['urn'])}: {UNCOPIED[short_type(each['urn'])]}"
        for each in resources
        if short_type(each["urn"]) in UNCOPIED
    )


def _store(resource: Json) -> Store:
    kind, field = KINDS[short_type(resource["urn"])]
    known = {**(resource.get("inputs") or {}), **(resource.get("outputs") or {})}
    label = str(known[field])
    own = label if kind == "r2" else str(known.get("uuid") or resource["id"])
    jurisdiction = str(known.get("jurisdiction") or "") if kind == "r2" else ""
    return Store(kind, name_of(resource["urn"]), label, own, jurisdiction)
