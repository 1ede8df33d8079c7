"""Durable Object classes as an upload declares them: what of it is new, and what cannot be.

Pure: namespaces in, namespaces out, as `migrations.py`. What is declared may be declared again: a
tombstone whose class is gone changes nothing.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from common.json_types import Json
from local.api.http.call import Body
from local.api.workers import class_errors
from local.api.workers.migrations import Ledger

OBJECT = "durable-object"
LIVE = ("created", "expecting-transfer")
FIELDS = {
    "created": {"storage"},
    "expecting-transfer": {"storage", "transfer_from"},
    "renamed": {"renamed_to"},
    "transferred": {"transferred_to"},
    "deleted": set(),
}
"""What a state needs; of these four fields it may have no other."""


class Export(Body):
    """One entry: a live class, or the tombstone of one that goes."""

    type: str
    state: Literal["created", "expecting-transfer", "renamed", "transferred", "deleted"] = "created"
    storage: Literal["sqlite", "legacy-kv"] | None = None
    renamed_to: str | None = None
    transferred_to: str | None = None
    transfer_from: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether the code has to have the class."""
        return self.state in LIVE

    def shown(self) -> Json:
        """Return it as the API answers it."""
        return self.model_dump(exclude_none=True)


@dataclass(frozen=True)
class Around:
    """What of other scripts bears on it."""

    expecting: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Script → class that it expects → script that it expects it from."""

    users: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Namespace → other scripts that are bound to it."""


def declared(exports: Mapping[str, Export] | None) -> dict[str, Export]:
    """Return of *exports* those that are Durable Objects."""
    return {name: each for name, each in (exports or {}).items() if each.type == OBJECT}


def live_classes(version: Json) -> set[str] | None:
    """Name the classes that *version* declares; `None` where it declares nothing."""
    exports = version.get("declared_exports")
    return None if exports is None else set(exports)


def changes(report: Json) -> bool:
    """Whether the life of a class begins, ends or moves by what *report* tells."""
    acts = ("created", "deleted", "renamed", "transferred", "transfer_pending")
    return any(report.get(act) for act in acts)


class Reconciliation:
    """Brings the namespaces of *ledger* to what is *declared*.

    *code* are the classes that the upload exports; `None`: not known yet.
    """

    def __init__(
        self,
        ledger: Ledger,
        exports: Mapping[str, Export],
        code: Collection[str] | None,
        around: Around,
    ) -> None:
        self._ledger = ledger
        self._exports = exports
        self._code = code
        self._around = around
        self._faults: list[tuple[str, str, str]] = []
        self.report: Json = {
            name: []
            for name in (
                *("created", "deleted", "info", "removable_entries", "renamed"),
                *("transfer_pending", "transferred", "updated", "warnings"),
            )
        }

    def run(self) -> Json:
        """Change the ledger; return the report. `ApiError` 100402 with all that cannot be."""
        for name, export in self._exports.items():
            self._check(name, export)
        if not self._faults:
            for state, bring_about in self._in_order().items():
                for name, export in self._exports.items():
                    if export.state == state:
                        bring_about(name, export)
        if not self._faults:
            self._must_be_declared()
        if self._faults:
            raise class_errors.exports_not_reconciled(self._faults)
        return self.report

    def _in_order(self) -> dict[str, Callable[[str, Export], None]]:
        """Return what each state does: what frees a name comes before what takes one."""
        return {
            "renamed": self._renamed,
            "deleted": self._deleted,
            "transferred": self._transferred,
            "expecting-transfer": self._expecting_transfer,
            "created": self._created,
        }

    def _check(self, name: str, export: Export) -> None:
        given = export.model_dump(exclude_none=True).keys() - {"type", "state"}
        needed = FIELDS[export.state]
        if given != needed:
            told = ", ".join(sorted(needed)) or "no other field"
            self._fault(name, "invalid_export", f"state {export.state} takes {told}")
        elif self._code is not None and export.is_live and name not in self._code:
            self._fault(name, "config_export_not_in_code", "the code does not export the class")

    def _created(self, name: str, export: Export) -> None:
        namespace = self._ledger.find(name)
        if namespace is None and export.storage == "sqlite":
            self._ledger.create(name)
            self.report["created"].append(name)
        elif namespace is None:
            text = "a new class keeps its data in SQLite; declare storage: sqlite"
            self._fault(name, "storage_type_mismatch", text)
        elif namespace["use_sqlite"] != (export.storage == "sqlite"):
            text = "the class keeps its data in another kind of storage"
            self._fault(name, "storage_type_mismatch", text)

    def _renamed(self, name: str, export: Export) -> None:
        target = str(export.renamed_to)
        if not self._is_live(target):
            self._fault(
                name, "config_references_nonexistent_class", f"declare {target} as a live class"
            )
        elif (namespace := self._ledger.find(name)) is None:
            self._stale(name)
        elif self._ledger.find(target):
            self._fault(name, "tombstone_renamed_to_occupied", f"{target} has objects of its own")
        else:
            self._ledger.put(namespace, {"class": target})
            self.report["renamed"].append({"from": name, "to": target})
            self._still_in_code(name)

    def _deleted(self, name: str, _: Export) -> None:
        namespace = self._ledger.find(name)
        users = sorted(self._around.users.get(namespace["id"], ())) if namespace else []
        if self._code is not None and name in self._code:
            text = "the code exports it still; remove the class with its tombstone"
            self._fault(name, "tombstone_delete_class_still_in_code", text)
        elif namespace is None:
            self._stale(name)
        elif users:
            text = f"{', '.join(users)} is bound to it; remove that binding first"
            self._fault(name, "tombstone_delete_blocked_by_external_bindings", text)
        else:
            self._ledger.remove(namespace)
            self.report["deleted"].append(name)

    def _expecting_transfer(self, name: str, export: Export) -> None:
        source = str(export.transfer_from)
        namespace = self._ledger.find(name, source)
        if self._ledger.find(name):
            self._inform(name, "transfer_receive_already_applied", "declare it as created")
        elif namespace is None:
            text = f"{source} has no objects of that class"
            self._fault(name, "phase_one_transfer_source_namespace_missing", text)
        else:
            self._ledger.expected[name] = namespace
            self.report["transfer_pending"].append({"class": name, "from": source})

    def _transferred(self, name: str, export: Export) -> None:
        target, own = str(export.transferred_to), self._ledger.script
        namespace = self._ledger.find(name)
        if namespace is None:
            self._stale(name)
        elif self._around.expecting.get(target, {}).get(name) != own:
            text = f"deploy {target} first, with {name} as expecting-transfer from {own}"
            self._fault(name, "transferred_pending_not_found", text)
        else:
            self._ledger.put(namespace, {"script": target})
            moved = {"class": name, "phase": "committed", "to": target}
            self.report["transferred"].append(moved)
            self._still_in_code(name)

    def _must_be_declared(self) -> None:
        for name in self._ledger.own_classes():
            if not self._is_live(name):
                text = "it has objects; declare it, or add a tombstone: deleted, renamed, …"
                self._fault(name, "provisioned_class_missing_from_config", text)

    def _is_live(self, name: str) -> bool:
        return name in self._exports and self._exports[name].is_live

    def _stale(self, name: str) -> None:
        self._inform(name, "stale_tombstone", "it is done; the entry may be removed")
        self.report["removable_entries"].append(name)

    def _still_in_code(self, name: str) -> None:
        if self._code is not None and name in self._code:
            self._inform(name, "tombstone_class_still_in_code", "the code exports it still")

    def _inform(self, name: str, scenario: str, text: str) -> None:
        self.report["info"].append({"class": name, "scenario": scenario, "message": text})

    def _fault(self, name: str, scenario: str, text: str) -> None:
        self._faults.append((name, scenario, text))


def around(own: str, scripts: Mapping[str, Json], bound: Iterator[tuple[str, Json]]) -> Around:
    """Gather what bears on *own* from *scripts* by name, and *bound*, pairs (script, binding)."""
    users: dict[str, set[str]] = {}
    for script, binding in bound:
        if script != own and "namespace_id" in binding:
            users.setdefault(binding["namespace_id"], set()).add(script)
    expecting = {name: script.get("expecting") or {} for name, script in scripts.items()}
    return Around(expecting, users)
