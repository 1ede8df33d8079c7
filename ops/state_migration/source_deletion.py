"""Deleting a state that was moved away, once the new one has proved good."""

from ops.errors import OpsError
from ops.state_migration.stack_location import Place
from ops.state_store import layout, versions


def check(old: Place, new: Place) -> None:
    """Raise `OpsError` unless the state of the stack was moved from *old*, and *new* has it.

    Nothing in Pulumi Cloud kept others from deploying there after it: then it is kept as well.
    """
    there = new.deployment()
    if not (there or {}).get("resources"):
        raise OpsError(f"{new.address.url} has no state of {new.stack}; the old one is kept")
    moved = old.moved_to()
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
    _refuse_newer(old)


def forget(old: Place) -> int:
    """Delete the old state, its earlier ones and its locks; return how many files went.

    The lock that keeps engines out goes last. What only the engine reads goes as one. Raises
    `OpsError` where it was deployed after `check`, as Pulumi Cloud lets anybody do.
    """
    if old.store is None:
        _refuse_newer(old)
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


def _refuse_newer(old: Place) -> None:
    """Raise `OpsError` where *old* was deployed after its state was moved away from there."""
    if old.cloud and old.cloud.went_on():
        raise OpsError(
            f"{old.stack} was deployed at {old.address.url} after its state was moved, and where "
            f"it was moved to does not know of that; it is kept; see what was done there: "
            f"pulumi stack history --stack {old.stack}, and what differs: "
            f"python -m ops drift {old.stack}"
        )


def _went_on(old: Place, new: Place) -> bool:
    """Whether *new* has all earlier states of *old*: the state was moved once more since then."""
    if old.store is None or new.store is None:
        return False
    kept = any(old.store.entries(layout.history(old.stack), 1))
    return kept and not versions.lacking(old.store, new.store, old.stack)
