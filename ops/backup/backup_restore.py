"""Bringing a backup back: into what is empty, or into what may be emptied first."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path

from ops.backup.backup_folder import Copy, Folder, Manifest
from ops.backup.backup_writer import Show
from ops.backup.progress import Copied, Tell
from ops.backup.restore_journal import Journal
from ops.backup.store_copiers import Copier, Copiers
from ops.backup.stores import Store
from ops.errors import OpsError


@dataclass(frozen=True)
class Step:
    """A store, and the copy that goes into it."""

    store: Store
    copy: Copy


def steps(
    manifest: Manifest, stores: Sequence[Store], stack: str, only: Collection[str] = ()
) -> list[Step]:
    """Return which copy goes where: by the names that the program gives its resources.

    Objects come last: they ask the databases for what was handed on after they were copied. Those
    that hand data on to other objects were copied before these, and come back after them.

    *only*: such names; default: all. Raises `OpsError` when *stack* has no place for one of them,
    or the backup none of a name.
    """
    places = {(each.kind, each.name): each for each in stores}
    copies = [each for each in manifest.copies if not only or each.name in only]
    if unknown := set(only) - {each.name for each in copies}:
        known = ", ".join(sorted(each.name for each in manifest.copies))
        raise OpsError(f"the backup has no {', '.join(sorted(unknown))}; it has {known}")
    missing = [each for each in copies if (each.kind, each.name) not in places]
    if missing:
        raise OpsError(_without_place(missing, stack))
    objects = [copy for copy in copies if copy.kind == "objects"]
    in_order = [*(copy for copy in copies if copy.kind != "objects"), *reversed(objects)]
    return [Step(places[(each.kind, each.name)], each) for each in in_order]


def _without_place(missing: Sequence[Copy], stack: str) -> str:
    listed = ", ".join(f"{each.kind} {each.name}" for each in missing)
    of_objects = any(each.kind == "objects" for each in missing)
    keys = " with the BACKUP_KEY of its system set" if of_objects else ""
    return (
        f"{stack} has no place for {listed}; deploy it first{keys}: python -m ops up {stack}; "
        "nothing was changed"
    )


def occupied(planned: Sequence[Step], copiers: Copiers, journal: Journal) -> list[Store]:
    """Return the stores that have something which no restore of this backup has put there.

    What the journal calls done and is not there any more, for it was wiped since, begins anew.
    """
    for store in (each.store for each in planned):
        if journal.lines(store.key) and copiers[store.kind].is_empty(store):
            journal.write(store.key, 0)
    left = [each.store for each in planned if each.store.key not in journal]
    return [store for store in left if not copiers[store.kind].is_empty(store)]


def refuse(found: Sequence[Store], stack: str) -> None:
    """Raise `OpsError` where a store has something already."""
    if found:
        listed = ", ".join(f"{each.kind} {each.label}" for each in found)
        raise OpsError(
            f"{listed} of {stack} {'has' if len(found) == 1 else 'have'} data; a restore writes "
            "into what is empty only: add --replace to delete that first; nothing was changed"
        )


def restore(
    folder: Folder, planned: Sequence[Step], copiers: Copiers, journal: Journal, show: Show
) -> list[str]:
    """Write every copy into its store, from where the journal says on; what was there is deleted.

    Returns what could not be brought back, a sentence each, also by a restore before this one that
    was stopped.

    Raises `OpsError` where that fails; what is done is noted, and the same command goes on there.
    Where a file is missing or damaged, that is said before anything is deleted.
    """
    for step in planned:
        _check_files(folder, step, copiers[step.store.kind], partial(show, step.store))
    journal.keep()  # a store that is half deleted is not what a restore before this one noted
    for step in planned:
        store, copier = step.store, copiers[step.store.kind]
        if store.key not in journal:
            copier.clear(store, partial(show, store))
            journal.write(store.key, 0)
        _write(folder.path / step.copy.file.path, store, copier, journal, show)
    return [f"{e.store.label}: {note}" for e in planned for note in journal.notes(e.store.key)]


def _write(file: Path, store: Store, copier: Copier, journal: Journal, show: Show) -> None:
    """Write the copy in *file* into *store*, from where the journal says on."""
    before = journal.notes(store.key)
    now: tuple[str, ...] = ()

    def heard(done: Copied) -> None:
        nonlocal now
        now = done.notes
        show(store, done)

    for lines in copier.restore(store, file, journal.lines(store.key), heard):
        journal.write(store.key, lines, (*before, *now))


def _check_files(folder: Folder, step: Step, copier: Copier, tell: Tell) -> None:
    """Hold what the file of a store refers to against its checksums."""
    checked = Copied()
    for file in copier.files(folder.path / step.copy.file.path):
        folder.check(file)
        checked.add(file.bytes)
        tell(checked)


def differing(
    planned: Sequence[Step], folder: Folder, copiers: Copiers, again: Folder, show: Show
) -> list[Store]:
    """Copy every store into the folder *again*; return those that are not what the backup has."""
    found = []
    for step in planned:
        store, copier = step.store, copiers[step.store.kind]
        file = again.place(store.kind, store.name, copier.suffix)
        copier.save(store, file, partial(show, store))
        if not _same(copier, folder.path / step.copy.file.path, file):
            found.append(store)
    return found


def _same(copier: Copier, one: Path, other: Path) -> bool:
    with one.open("rb") as left, other.open("rb") as right:
        pairs = zip_longest(_comparable(copier, left), _comparable(copier, right))
        return all(mine == theirs for mine, theirs in pairs)


def _comparable(copier: Copier, lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        said = copier.comparable(line)
        if said is not None:
            yield said
