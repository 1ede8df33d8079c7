"""A journal made a deployment: what the steps of an update have changed of the one before.

The engine sends no whole state but, before and after each step, one entry. A step that has begun
and not ended is a pending operation, so what a killed run was making is known.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from lookalikes.pulumi_cloud import urns
from lookalikes.pulumi_cloud.refusals import invalid
from lookalikes.pulumi_cloud.state_migration import migrated

Json = dict[str, Any]
VERSIONS = (1, 2)
"""Versions of entries. The second has migrations of the state."""

MIGRATION = 10
"""Kind of the entries that the second version has."""

CREATING = "creating"
PLAIN_SCHEMA, SCHEMA_WITH_FEATURES = 3, 4
FEATURES = {
    "refreshBeforeUpdate": "refreshBeforeUpdate",
    "viewOf": "views",
    "resourceHooks": "hooks",
    "taint": "taint",
    "replaceWith": "replaceWith",
    "extensionRef": "extensionParameterization",
    "snippetID": "snippets-prototype",
}
"""What an older engine has to know to read a resource that has one of these."""


def replayed(base: Json, entries: Iterable[Json], engine: str) -> Json:
    """Return what *base* is after *entries*: a deployment with its version and features.

    *base* is one too, `{}` of a stack that was never deployed; *engine* is the version of who
    writes. Entries may come in any order, and twice. Raises `RefusedError` for one that fits
    nothing before it.
    """
    replay = Replay(base.get("deployment") or {}, engine)
    by_number = {int(each["sequenceID"]): each for each in entries}
    for number in sorted(by_number):
        replay.add(by_number[number])
    return replay.written()


class Replay:
    """Resources of before, by their index, and new ones, by the operation that has made them."""

    def __init__(self, base: Json, engine: str) -> None:
        self.base = base
        self.engine = engine
        self.is_refresh = False
        self.has_bytes = False
        self._begin_again()
        self._kinds: tuple[Callable[[Json], None], ...] = (
            self._begin,
            self._succeed,
            self._fail,
            self._refresh,
            self._put_outputs,
            self._rebase,
            self._encrypt,
            self._rebuild,
            self._extend,
            self._take_snippets,
            self._migrate,
        )

    def _begin_again(self) -> None:
        self.begun: dict[int, Json] = {}
        self.new: dict[int, Json | None] = {}
        self.gone: set[int] = set()
        self.changed: dict[int, Json] = {}
        self.deleted: set[int] = set()
        self.replaced: set[int] = set()
        self.extensions: Json = {}

    def add(self, entry: Json) -> None:
        """Take one entry of the journal."""
        kind = entry["kind"]
        is_known = entry["version"] in VERSIONS and kind in range(len(self._kinds))
        if not is_known or (kind == MIGRATION and entry["version"] < VERSIONS[-1]):
            raise invalid(f"journal entry of version {entry['version']} and kind {kind}")
        self.has_bytes = self.has_bytes or bool(entry.get("requiresByteString"))
        self._kinds[kind](entry)

    def written(self) -> Json:
        """Return the deployment as it is exported, with the version of its schema."""
        deployment = self.deployment()
        features = self._features(deployment)
        if not features:
            return {"version": PLAIN_SCHEMA, "deployment": deployment}
        return {"version": SCHEMA_WITH_FEATURES, "features": features, "deployment": deployment}

    def deployment(self) -> Json:
        """Return what there is now: new resources, then those of before that were not met."""
        resources = [dict(each) for each in self.new.values() if each is not None]
        resources += [
            self._as_it_is(index, each)
            for index, each in enumerate(self.base.get("resources") or [])
            if index not in self.gone
        ]
        if self.is_refresh:
            urns.without_dangling(resources)
        may_be = {
            "secrets_providers": self.base.get("secrets_providers"),
            "pending_operations": self._pending(),
            "snippets": self.base.get("snippets"),
            "extensions": {**self.extensions, **(self.base.get("extensions") or {})},
        }
        made = {
            "manifest": _manifest(self.engine),
            "resources": resources,
            "metadata": self.base.get("metadata") or {},
        }
        return urns.normalized(made | {key: value for key, value in may_be.items() if value})

    def _as_it_is(self, index: int, resource: Json) -> Json:
        if index in self.changed:
            return dict(self.changed[index])
        marks = {"delete": self.deleted, "pendingReplacement": self.replaced}
        return resource | {mark: True for mark, marked in marks.items() if index in marked}

    def _pending(self) -> list[Json]:
        """Return what was begun, and what was being made before: only a person can settle that."""
        begun = [each["operation"] for each in self.begun.values() if each.get("operation")]
        before = self.base.get("pending_operations") or []
        return begun + [each for each in before if each["type"] == CREATING]

    def _features(self, deployment: Json) -> list[str]:
        pending = deployment.get("pending_operations") or []
        held = [*(deployment.get("resources") or []), *(each["resource"] for each in pending)]
        found = {name for key, name in FEATURES.items() if any(each.get(key) for each in held)}
        if self.has_bytes:
            found.add("byteString")
        return sorted(found | ({FEATURES["snippetID"]} if deployment.get("snippets") else set()))

    def _begin(self, entry: Json) -> None:
        self.begun[entry["operationID"]] = entry

    def _fail(self, entry: Json) -> None:
        self.begun.pop(entry["operationID"], None)

    def _succeed(self, entry: Json) -> None:
        self._fail(entry)
        if entry.get("state") is not None:
            self.new[entry["operationID"]] = entry["state"]
        if entry.get("removeOld") is not None:
            self.gone.add(entry["removeOld"])
        if entry.get("removeNew") is not None:
            self._put(entry["removeNew"], None)
        self._mark(entry, "delete", self.deleted)
        self._mark(entry, "pendingReplacement", self.replaced)
        self.is_refresh = self.is_refresh or bool(entry.get("isRefresh"))

    def _mark(self, entry: Json, name: str, old: set[int]) -> None:
        if entry.get(f"{name}Old") is not None:
            old.add(entry[f"{name}Old"])
        if entry.get(f"{name}New") is not None:
            operation = entry[f"{name}New"]
            self._put(operation, {**(self.new.get(operation) or {}), name: True})

    def _refresh(self, entry: Json) -> None:
        """Take what a refresh has found: another state, or nothing more."""
        self._fail(entry)
        self.is_refresh = True
        state = entry.get("state")
        if entry.get("removeOld") is not None and state is None:
            self.gone.add(entry["removeOld"])
        self._put_outputs(entry)
        if entry.get("removeNew") is not None and state is None:
            self._put(entry["removeNew"], None)

    def _put_outputs(self, entry: Json) -> None:
        if entry.get("state") is None:
            return
        if entry.get("removeOld") is not None:
            self.changed[entry["removeOld"]] = entry["state"]
        if entry.get("removeNew") is not None:
            self._put(entry["removeNew"], entry["state"])

    def _put(self, operation: int, state: Json | None) -> None:
        """Have *state* be what *operation* has made; `None`: nothing, and it stays so."""
        if operation not in self.new:
            raise invalid(f"journal entry refers to operation {operation}, which made nothing")
        if self.new[operation] is not None:
            self.new[operation] = state

    def _rebase(self, entry: Json) -> None:
        self.base = entry["newSnapshot"]

    def _encrypt(self, entry: Json) -> None:
        self.base["secrets_providers"] = entry["secretsProvider"]

    def _rebuild(self, _: Json) -> None:
        """Have what there is now be what is counted from: a refresh has ended, a program begins."""
        self.base = self.deployment()
        self._begin_again()

    def _extend(self, entry: Json) -> None:
        self.extensions[entry["extensionRef"]] = entry["extension"]

    def _take_snippets(self, entry: Json) -> None:
        self.base["snippets"] = entry.get("snippets") or []

    def _migrate(self, entry: Json) -> None:
        busy = any(each.get("operation") for each in self.begun.values())
        if busy or self.base.get("pending_operations"):
            raise invalid("a migration of the state comes while an operation is pending")
        layout, resources = migrated(self.base.get("resources") or [], entry)
        patched = {each["index"] for each in entry.get("baseStatePatches") or []}
        self.base = {**self.base, "resources": resources}
        for each in entry.get("newStatePatches") or []:
            self._put(each["operationID"], each["state"])
        self.changed = {
            layout[index]: state
            for index, state in self.changed.items()
            if index in layout and index not in patched
        }
        for indices in (self.gone, self.deleted, self.replaced):
            moved = {layout[index] for index in indices if index in layout}
            indices.clear()
            indices.update(moved)


def _manifest(engine: str) -> Json:
    magic = hashlib.sha256(engine.encode()).hexdigest() if engine else ""
    return {"time": datetime.now(UTC).isoformat(), "magic": magic, "version": engine}
