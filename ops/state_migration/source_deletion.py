"""Deleting a state that was moved away, once the new one has proved good."""

from ops.errors import OpsError
from ops.state_migration.stack_location import Place
from ops.state_store import layout, locks, versions


def check(old: Place, new: Place) -> None:
    """Raise `OpsError` unless the state of the stack was moved from *old*, and *new* has it.

    Of Pulumi Cloud nobody can see that it was moved: there it has to have no resource more.
    """
    there = new.deployment()
    if not (there or {}).get("resources"):
        raise OpsError(f"{new.address.url} has no state of {new.stack}; the old one is kept")
    if old.store is None:
        _check_cloud(old, there or {})
        return
    moved = locks.moved_to(old.store, old.stack)
    if moved is None:
        raise OpsError(
            f"the state of {old.stack} in {old.address.url} was not moved away, so it is kept; "
            f"move it first: python -m ops state migrate {old.stack} --to URL"
        )
    if moved.place != new.address.place and not _went_on(old, new):
        raise OpsError(
            f"the state of {old.stack} in {old.address.url} was moved to {moved.url}, and not to "
            f"{new.address.url}, so it is kept; if it went on from there, forget it from there: "
            f"PULUMI_BACKEND_URL='{moved.url}' python -m ops state forget {old.stack} --at "
            f"'{old.address.url}'"
        )


def forget(old: Place) -> int:
    """Delete the old state, its earlier ones and its locks; return how many files went.

    The lock that keeps engines out goes last.
    """
    if old.store is None:
        old.remove()
        return 1
    folders = (layout.history(old.stack), layout.backups(old.stack), layout.locks(old.stack))
    forms = [f"{form}{end}" for form in layout.FORMS for end in ("", ".bak")]
    keys = [layout.state(old.stack, form) for form in forms]
    keys = [key for key in keys if old.store.read(key) is not None]
    keys += [each.key for folder in folders for each in old.store.entries(folder)]
    for key in keys:
        old.store.delete(key)
    return len(keys)


def _went_on(old: Place, new: Place) -> bool:
    """Whether *new* has all earlier states of *old*: the state was moved once more since then."""
    if old.store is None or new.store is None:
        return False
    kept = any(old.store.entries(layout.history(old.stack), 1))
    return kept and not versions.lacking(old.store, new.store, old.stack)


def _check_cloud(old: Place, new: dict[str, object]) -> None:
    known, here = _urns(new), _urns(old.deployment() or {})
    if not here <= known:
        raise OpsError(
            f"{old.address.url} has {len(here - known)} resources of {old.stack} that the new "
            f"state has not; it is kept"
        )


def _urns(deployment: dict[str, object]) -> set[str]:
    listed = deployment.get("resources")
    return {str(each["urn"]) for each in listed} if isinstance(listed, list) else set()
