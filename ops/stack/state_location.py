"""Where the state of a stack is: reached, and looked into, before the engine is started."""

import os
from pathlib import Path

from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.cloud_stack import CloudStack
from ops.stack.target import Target
from ops.state_store import credentials, layout, locks
from ops.state_store.address import Address, current, parse
from ops.state_store.store import Store, is_store, open_store

LOCAL_STATE = "CHITTYOS_LOCAL_STATE"
"""Names where stacks on the local Cloudflare keep their states, to rehearse a backend: a folder, or
a service of this machine. Default: `.local/state`."""

NO_WARNINGS = ("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_required")
"""Has the engine not warn of each answer without a checksum, which S3 need not have."""


def elsewhere() -> Address | None:
    """Return where `CHITTYOS_LOCAL_STATE` has the states of local stacks; `None`: in `.local`.

    Raises `OpsError` for an address of another machine.
    """
    url = os.environ.get(LOCAL_STATE)
    if not url:
        return None
    address = parse(url, LOCAL_STATE)
    if not address.is_local:
        raise OpsError(
            f"{LOCAL_STATE}: {address.url} is not on this machine, as stacks of the local "
            f"Cloudflare are; give file://, http://127.0.0.1:PORT, or s3:// with an endpoint on "
            f"127.0.0.1"
        )
    return address


def is_here(target: Target) -> bool:
    """Return whether the state of *target* is a file of the clone, read where it lies."""
    return target.local and elsewhere() is None


def reach(paths: Paths, target: Target) -> None:
    """See that the state of *target* can be read with the keys of the environment.

    References among those are followed. Raises `OpsError` with what is wrong: a bucket that is not
    there, a key that may not, a service that does not answer. The environment of the stack has to
    be applied; what is no bucket is left to the engine.
    """
    credentials.follow()
    if is_here(target):
        return
    os.environ.setdefault(*NO_WARNINGS)
    store = find(paths)
    if store and store.address.scheme != "file":
        next(store.entries(layout.FOLDER, 1), None)


def find(paths: Paths) -> Store | None:
    """Return the store that the environment leads to; `None` for one that only the engine reads."""
    address = current(paths.root)
    return open_store(address) if address and is_store(address) else None


def cloud(paths: Paths, stack: str, engine: Path) -> CloudStack | None:
    """Return *stack* of Pulumi Cloud, asked by *engine*; `None` where its state is elsewhere."""
    address = current(paths.root)
    return CloudStack(address, stack, engine) if address and address.is_cloud else None


def refuse_moved(paths: Paths, target: Target, engine: Path) -> None:
    """Raise `OpsError` when the state of *target* was moved away from where it is looked for.

    The engine asks for locks where it changes a state alone: a preview would go by the old one.
    """
    asked = None if is_here(target) else cloud(paths, target.name, engine)
    if asked:
        asked.refuse_moved()
    store = None if is_here(target) else find(paths)
    if store and (store.address.scheme != "file" or store.address.folder.is_dir()):
        locks.refuse_moved(store, target.name)


def refuse_locked(paths: Paths, stack: str, engine: Path) -> None:
    """Raise `OpsError` when somebody changes the state of *stack*, or it was moved away."""
    asked = cloud(paths, stack, engine)
    if asked:
        asked.refuse_busy()
    store = find(paths)
    if store:
        locks.refuse(store, stack)
