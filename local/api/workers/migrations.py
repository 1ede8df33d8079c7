"""Migrations of Durable Object classes: what an upload does to the namespaces of the account.

Pure: namespaces in, namespaces out. A namespace is a record `{id, script, class, use_sqlite}`;
its id is the key of its storage and stays when the class is renamed or moved.
"""

import hashlib
from dataclasses import dataclass, field

from pydantic import Field

from common.json_types import Json
from local.api.http.call import Body
from local.api.workers import class_errors


class Rename(Body):
    """*source* becomes *target*, with its objects."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")


class Transfer(Rename):
    """*source* of another script becomes *target* of this one, with its objects."""

    script: str = Field(alias="from_script")


class Step(Body):
    """One migration. An absent list changes nothing."""

    new_sqlite_classes: tuple[str, ...] | None = None
    new_classes: tuple[str, ...] | None = None
    deleted_classes: tuple[str, ...] | None = None
    renamed_classes: tuple[Rename, ...] | None = None
    transferred_classes: tuple[Transfer, ...] | None = None


class Migrations(Step):
    """The block of an upload: its own lists are one step, *steps* are several."""

    old_tag: str | None = None
    new_tag: str | None = None
    steps: tuple[Step, ...] | None = None

    def all_steps(self) -> tuple[Step, ...]:
        return tuple(self.steps) if self.steps else (self,)


@dataclass
class Ledger:
    """Namespaces while migrations of *script* go over them.

    *arrived* are the classes that have to be exported for a migration to hold, by migration.
    *nonce* names the upload: trying it and deploying it give a new namespace the same id.
    """

    script: str
    namespaces: list[Json]
    nonce: str
    arrived: list[tuple[str, str]] = field(default_factory=list)
    removed: list[Json] = field(default_factory=list)
    expected: dict[str, Json] = field(default_factory=dict)
    """Classes that are declared here, of which another script still has the namespace."""

    declares: bool = False
    """Whether the upload declares its classes, in place of migrating them."""

    def find(self, class_name: str, script: str | None = None) -> Json | None:
        owner = script or self.script
        for namespace in self.namespaces:
            if (namespace["script"], namespace["class"]) == (owner, class_name):
                return namespace
        return None

    def own_classes(self) -> list[str]:
        return [n["class"] for n in self.namespaces if n["script"] == self.script]

    def apply(self, block: Migrations, live_tag: str | None) -> None:
        """Apply every step, or raise an `ApiError` and be of no further use."""
        if (block.old_tag or None) != live_tag:
            raise class_errors.wrong_migration_tag(live_tag)
        for step in block.all_steps():
            self._step(step)

    def _step(self, step: Step) -> None:
        for name in step.deleted_classes or ():
            self._delete(name)
        for rename in step.renamed_classes or ():
            self._move(class_errors.RENAME, rename, self.script)
        for transfer in step.transferred_classes or ():
            self._move(class_errors.TRANSFER, transfer, transfer.script)
        for name in step.new_classes or ():
            raise class_errors.key_value_class(name)
        for name in step.new_sqlite_classes or ():
            self._must_be_free(class_errors.NEW, name)
            self.create(name)

    def create(self, name: str) -> None:
        """Give the class *name* of the script a namespace."""
        namespace_id = hashlib.sha256(f"{self.nonce}/{self.script}/{name}".encode()).hexdigest()
        self.namespaces.append(
            {"id": namespace_id[:32], "script": self.script, "class": name, "use_sqlite": True}
        )

    def _delete(self, name: str) -> None:
        namespace = self.find(name)
        if namespace is None:
            raise class_errors.class_unknown("delete-class", name)
        self.remove(namespace)

    def remove(self, namespace: Json) -> None:
        """Let *namespace* end, with all that it holds."""
        self.namespaces.remove(namespace)
        self.removed.append(namespace)

    def put(self, namespace: Json, changes: Json) -> None:
        """Let *namespace* be as *changes* have it: of another script, or another class."""
        self.namespaces[self.namespaces.index(namespace)] = namespace | changes

    def _move(self, migration: str, move: Rename, script: str) -> None:
        namespace = self.find(move.source, script)
        if namespace is None:
            raise class_errors.class_unknown(migration, move.source)
        self._must_be_free(migration, move.target)
        self.put(namespace, {"script": self.script, "class": move.target})

    def _must_be_free(self, migration: str, name: str) -> None:
        if self.find(name):
            raise class_errors.class_exists(migration, name)
        self.arrived.append((migration, name))

    def must_be_exported(self, exported: set[str]) -> None:
        """Refuse when a class that is needed now is not among those the code exports."""
        own = self.own_classes()
        for migration, name in self.arrived:
            if name in own and name not in exported:
                raise class_errors.migrated_class_not_exported(migration, name)
        for name in own:
            if name not in exported:
                raise class_errors.class_dropped(name)
