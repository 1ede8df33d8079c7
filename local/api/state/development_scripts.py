"""Scripts that serve code which `make dev` put there, past the state of their stack."""

import hashlib
from pathlib import Path

from local.records.records import Kind, Records

SOURCE = "development"
"""Where such an upload came from, as its version says."""


def developed(records: Records, scripts: Path) -> dict[str, str | None]:
    """Map them to the checksum of their main module; `None` where its file was deleted."""
    found = {}
    for script in records.all(Kind.SCRIPT):
        version = records.get(Kind.VERSION, script["version"])
        if version and script.get("developed") == version["code"]:
            main = next(m for m in version["modules"] if m["name"] == version["main_module"])
            found[script["name"]] = _checksum(scripts / version["code"] / main["file"])
    return found


def _checksum(file: Path) -> str | None:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
