"""An error that nobody thought of: one line for the user, the traceback in a file."""

import os
import re
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path

from ops.layout import Layout

LONGEST = 300
"""Characters of a message that are shown; the file has all of it."""

SHORTEST = 8
"""Characters of a secret at least; anything shorter stands in a text by chance."""

HIDDEN = "[secret]"
_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSPHRASE$|PASSWORD|_KEY")
_SECRET = re.compile(r"chitty_[\w-]{20,}")


def sentence(error: Exception, layout: Layout, environ: Mapping[str, str] = os.environ) -> str:
    """Say what *error* is, without a secret; its traceback goes where the sentence says."""
    said = _said(error)
    for secret in _secrets(layout, environ):
        said = said.replace(secret, HIDDEN)
    said = _SECRET.sub(HIDDEN, " ".join(said.split()))[:LONGEST]
    remedy = "; run make setup" if isinstance(error, ModuleNotFoundError) else ""
    kept = _keep("".join(traceback.format_exception(error)), layout.local / "log")
    return f"{type(error).__name__}: {said}{remedy}; where it happened stands in {kept}"


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _secrets(layout: Layout, environ: Mapping[str, str]) -> list[str]:
    found = [value for name, value in environ.items() if _SECRET_NAME.search(name)]
    for file in (layout.passphrase, layout.development_token, layout.cloudflare / "token"):
        try:
            found.append(file.read_text().strip())
        except (OSError, ValueError):
            continue
    return [secret for secret in found if len(secret) >= SHORTEST]


def _keep(text: str, folder: Path) -> Path:
    """Write *text* where only the owner can read it: in *folder*, else among temporary files."""
    file = folder / "ops-errors.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        descriptor, name = tempfile.mkstemp(prefix="chittyos-", suffix=".log")
        file = Path(name)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as opened:
        opened.write(text)
    return file
