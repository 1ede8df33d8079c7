"""Making a backup: store after store, each named in the manifest as soon as it is there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from common.files import PRIVATE_FOLDER, write_private
from ops.backup.backup_folder import STATE, Copy, Folder, Manifest
from ops.backup.progress import Copied
from ops.backup.store_copiers import Copiers
from ops.backup.stores import Store
from ops.errors import OpsError

Show = Callable[[Store, Copied], None]
"""Hears how far a store is."""

TOLD = ("objects", "d1")
"""Kinds of what objects hand data on to."""


@dataclass(frozen=True)
class Source:
    """What is backed up."""

    stack: str
    account: str
    stores: Sequence[Store]
    state: str
    """What the engine exports, secrets encrypted."""

    left_out: tuple[str, ...] = ()


def begin(folder: Folder, source: Source) -> Manifest:
    """Return the manifest of a backup of *source* in *folder*: a new one, or one to be finished.

    Raises `OpsError` for a folder that is something else, and for a backup that is whole.
    """
    known = folder.begun()
    if known is None:
        if folder.path.exists() and any(folder.path.iterdir()):
            raise OpsError(f"{folder.path} is not empty; give a folder that is, or none yet")
        folder.path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        folder.path.chmod(PRIVATE_FOLDER)
        return Manifest(stack=source.stack, account=source.account, began=_now())
    if (known.stack, known.account) != (source.stack, source.account):
        raise OpsError(f"{folder.path} is a backup of {known.stack}; give another folder")
    if known.ended:
        raise OpsError(f"{folder.path} is a whole backup already; give another folder")
    return known


def save(folder: Folder, source: Source, copiers: Copiers, show: Show) -> Manifest:
    """Copy every store of *source* that has no copy in *folder* yet; return the whole manifest.

    Where objects are copied, so is once more what they hand data on to: what they handed on since
    would be in neither copy.
    """
    manifest = begin(folder, source)
    folder.write(manifest)
    hand_on = False
    for store in source.stores:
        is_older = hand_on and store.kind in TOLD
        if is_older or not _is_there(folder, manifest, store):
            hand_on |= store.kind == "objects"
            copy = _copy(folder, copiers, store, show)
            others = [
                each
                for each in manifest.copies
                if (each.kind, each.name) != (store.kind, store.name)
            ]
            manifest = manifest.model_copy(update={"copies": (*others, copy)})
            folder.write(manifest)
    state = folder.path / STATE
    write_private(state, source.state)
    ends = {"state": folder.described(state), "left_out": source.left_out, "ended": _now()}
    manifest = manifest.model_copy(update=ends)
    folder.write(manifest)
    return manifest


def _is_there(folder: Folder, manifest: Manifest, store: Store) -> bool:
    """Return whether a run before this has copied *store*, and its file is as it was written."""
    copy = manifest.copy_of(store.kind, store.name)
    if copy is None:
        return False
    try:
        folder.check(copy.file)
    except OpsError:
        return False
    return True


def _copy(folder: Folder, copiers: Copiers, store: Store, show: Show) -> Copy:
    copier = copiers[store.kind]
    file = folder.place(store.kind, store.name, copier.suffix)
    done = copier.save(store, file, partial(show, store))
    show(store, done)
    return Copy(
        kind=store.kind,
        name=store.name,
        label=store.label,
        entries=done.entries,
        bytes=done.bytes,
        file=folder.described(file),
        notes=done.notes,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
