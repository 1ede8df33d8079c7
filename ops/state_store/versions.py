"""Earlier states of a stack: the engine keeps one after each change, and any can be taken back."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from common.json_types import Json
from ops.errors import OpsError
from ops.paths import PROJECT
from ops.state_store import layout, locks
from ops.state_store.store import Store

CHECKPOINT, ABOUT = "checkpoint", "history"
RESTORE = "ops state restore"
_NAME = re.compile(r".*-(\d{10,})\.(checkpoint|history)(\.json(?:\.gz|\.zst)?)$")
NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class Version:
    """A state that was kept."""

    id: str
    """When it was kept, in nanoseconds since 1970, which names it."""

    key: str
    form: str
    """End of its file: see `layout.FORMS`."""

    size: int
    about: Mapping[str, Any] = field(default_factory=dict)
    """What the engine noted of the change: kind, result, message, resource changes."""

    @property
    def when(self) -> datetime:
        """Return when it was kept."""
        return datetime.fromtimestamp(int(self.id) / NANOSECONDS, UTC)

    @property
    def described(self) -> str:
        """Say what led to it."""
        changes = self.about.get("resourceChanges") or {}
        counts = ", ".join(f"{count} {what}" for what, count in sorted(changes.items()))
        what = f"{self.about.get('kind', 'not known')}, {self.about.get('result', 'not known')}"
        message = str(self.about.get("message") or "").splitlines()[:1]
        return "; ".join([what, *filter(None, [counts, *message])])


def versions(store: Store, stack: str, most: int | None = None) -> list[Version]:
    """Return the earlier states of *stack*, the newest first; *most* of them, default all."""
    found, about = _listed(store, stack)
    return [_with_what_led_to_it(store, each, about) for each in found[:most]]


def find(store: Store, stack: str, wanted: str) -> Version:
    """Return the version of *stack* whose id begins with *wanted*; raise `OpsError` unless one."""
    known, about = _listed(store, stack)
    found = [each for each in known if each.id.startswith(wanted)]
    if len(found) != 1:
        many = "several versions" if found else "no version"
        raise OpsError(
            f"{many} of {stack} begin with {wanted!r}; list them: python -m ops state versions "
            f"{stack}"
        )
    return _with_what_led_to_it(store, found[0], about)


def take_back(store: Store, stack: str, chosen: Version) -> None:
    """Make *chosen* the state of *stack*.

    What is the state now is kept as a version of its own, even where it cannot be read. Nothing is
    decrypted. Raises `OpsError` for one that is no state of the stack, and while somebody changes
    it.
    """
    content = store.read(chosen.key)
    if content is None:
        raise OpsError(f"version {chosen.id} of {stack} is gone; list what is there again")
    _check(content, stack, chosen)
    with locks.hold(store, stack, RESTORE):
        _replace(store, stack, content, chosen.form, RESTORE)


def put(store: Store, stack: str, exported: Json, purpose: str) -> None:
    """Make *exported*, as the engine exports it, the state of *stack*; nothing is decrypted.

    What is the state now is kept as a version, of before *purpose*. The engine itself would refuse
    to import it while a lock is held: whoever calls this holds one (`locks.hold`).
    """
    is_packed = layout.find_state(store, stack) == layout.state(stack, layout.FORMS[1])
    form = layout.FORMS[1] if is_packed else layout.FORMS[0]
    _replace(store, stack, layout.document(exported, stack, form), form, purpose)


def _replace(store: Store, stack: str, content: bytes, form: str, purpose: str) -> None:
    """Put *content* in the place of the state of *stack*, which is kept as a version."""
    before = layout.find_state(store, stack)
    if before:
        _keep(store, stack, before, purpose)
    after = layout.state(stack, form)
    store.write(after, content)
    if before not in {None, after}:
        store.delete(str(before))


def copy(source: Store, target: Store, stack: str) -> int:
    """Copy the versions of *stack* to *target*, oldest first; return how many files were copied."""
    keys = lacking(source, target, stack)
    for key in keys:
        content = source.read(key)
        if content is not None:
            target.write(key, content)
    return len(keys)


def lacking(source: Store, target: Store, stack: str) -> list[str]:
    """Return the files of versions of *stack* that *source* has and *target* has not."""
    there = {each.key for each in target.entries(layout.history(stack))}
    return [e.key for e in source.entries(layout.history(stack)) if e.key not in there]


def _listed(store: Store, stack: str) -> tuple[list[Version], dict[str, str]]:
    """Return the versions, the newest first, and by their ids the files that say what led there."""
    found, about = [], {}
    for entry in store.entries(layout.history(stack)):
        named = _NAME.fullmatch(entry.key)
        if named and named[2] == CHECKPOINT:
            found.append(Version(named[1], entry.key, named[3], entry.size))
        elif named:
            about[named[1]] = entry.key
    return sorted(found, key=lambda each: int(each.id), reverse=True), about


def _with_what_led_to_it(store: Store, version: Version, about: Mapping[str, str]) -> Version:
    return replace(version, about=_about(store, about.get(version.id)))


def _check(content: bytes, stack: str, chosen: Version) -> None:
    if chosen.form == layout.FORMS[2]:
        raise OpsError(f"version {chosen.id} is compressed by zstd, which is not read here")
    found = layout.deployment(content, f"version {chosen.id} of {stack}")
    urns = [str(each.get("urn")) for each in found.get("resources") or []]
    if any(not urn.startswith(f"urn:pulumi:{stack}::{PROJECT}::") for urn in urns):
        raise OpsError(f"version {chosen.id} is of another stack than {stack}; nothing was changed")


def _keep(store: Store, stack: str, key: str, purpose: str) -> None:
    """Keep the state at *key* as a version of before *purpose*, as the engine notes an import."""
    now, at = int(time.time()), time.time_ns()
    about = {
        "kind": "import",
        "startTime": now,
        "message": f"what the state was before {purpose}",
        "environment": {},
        "config": {},
        "result": "succeeded",
        "endTime": now,
    }
    form = key.removeprefix(layout.state(stack, ""))
    begin = f"{layout.history(stack)}{stack}-{at}"
    store.write(f"{begin}.{CHECKPOINT}{form}", store.read(key) or b"")
    store.write(f"{begin}.{ABOUT}.json", json.dumps(about).encode())


def _about(store: Store, key: str | None) -> dict[str, Any]:
    """Read what was noted of a change; {} where that is missing, or compressed."""
    try:
        found = json.loads((store.read(key) if key else None) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
