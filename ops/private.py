"""Files that only their owner may read."""

import os
import secrets
from pathlib import Path

OWNER_ONLY = 0o600


def write(path: Path, text: str) -> None:
    """Write *text* so that no other user can read it, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def passphrase(path: Path) -> Path:
    """Make the passphrase at *path* unless it is there; answers *path*."""
    if not path.exists():
        write(path, secrets.token_urlsafe(32))
    return path
