"""Files that only their owner may read."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

OWNER_ONLY = 0o600


def write(path: Path, text: str) -> None:
    """Write *text* so that no other user can read it, not even for a moment."""
    _draft(path, text).replace(path)


def passphrase(path: Path) -> Path:
    """Make the passphrase at *path* unless it is there; answers *path*.

    Of two processes that make it at once, one does: nothing is ever encrypted by the other's.
    """
    if path.exists():
        return path
    draft = _draft(path, secrets.token_urlsafe(32))
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path


def _draft(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return draft
