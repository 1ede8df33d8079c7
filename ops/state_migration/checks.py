"""What has to hold before a state is moved; nothing is touched by it."""

import os
from pathlib import Path

import yaml

from ops.errors import OpsError
from ops.state_migration.stack_location import Place

PASSPHRASE = "passphrase"  # noqa: S105 - the name of a kind
OF_CLOUD = "default"
SOURCES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


def provider_of(configuration: str, target: Place, given: str | None) -> str:
    """Return what encrypts the secrets afterwards: what is *given*, else what does now.

    *configuration* is the text of the stack's file. Secrets that Pulumi Cloud has encrypted are
    encrypted by a passphrase anywhere else. Raises `OpsError` where that is not set.
    """
    found = yaml.safe_load(configuration) or {}
    own = PASSPHRASE if found.get("encryptionsalt") or not target.address.is_cloud else OF_CLOUD
    chosen = given or str(found.get("secretsprovider") or own)
    if chosen == PASSPHRASE and not any(os.environ.get(name) for name in SOURCES):
        raise OpsError(
            f"secrets of {target.stack} are encrypted by a passphrase, and none is set; export "
            f"{SOURCES[0]}, then run this again"
        )
    return chosen


def check(source: Place, target: Place, *, begun: bool) -> None:
    """Raise `OpsError` unless *source* may be moved to *target*.

    *begun*: a move there was begun before, so that the target may have the stack already.
    """
    if source.address.place == target.address.place:
        raise OpsError(f"{source.stack} is at {source.address.url} already; give another address")
    _check_locks(source, target)
    found = source.deployment()
    if found is None:
        raise OpsError(
            f"{source.address.url} has no stack {source.stack}; see what PULUMI_BACKEND_URL and "
            f"backend.url of Pulumi.yaml say"
        )
    if found.get("pending_operations"):
        raise OpsError(
            f"a run of {source.stack} was killed half-way, and a move would forget what it was "
            f"making; settle that first: python -m ops up {source.stack}"
        )
    if not begun and target.deployment() is not None:
        raise OpsError(
            f"{target.address.url} has a stack {target.stack} already, and nothing is overwritten; "
            f"give another address, or see what it is: PULUMI_BACKEND_URL='{target.address.url}' "
            f"python -m ops state versions {target.stack}"
        )


def _check_locks(source: Place, target: Place) -> None:
    """Raise `OpsError` when somebody changes the stack, or its state was moved from there."""
    left = target.moved_to()
    if left:
        raise OpsError(
            f"{target.address.url} still has the state that was moved to {left.url}; delete "
            f"that first: python -m ops state forget {target.stack} --at '{target.address.url}'"
        )
    target.refuse_busy()
    source.refuse_busy()


def journal_path(local: Path, stack: str) -> Path:
    """Return where it is noted that *stack* is being moved."""
    return local / "migrations" / f"{stack}.json"
