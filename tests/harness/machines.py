"""A machine that has apt-get and nothing else, for tests of what is installed where it lacks."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.toolchain.tools import executable

APT = """
echo "$@" >> "$(dirname "$0")/asked"
case "$1 $INSTALLS" in
  "install no") echo "E: no such package" >&2; exit 100;;
  "install "*) for name in $INSTALLS; do /bin/cp "$0" "$(dirname "$0")/$name"; done;;
esac
"""
"""Notes in a file `asked` what it is asked; `INSTALLS` says what comes of an install."""


def bare_machine(
    folder: Path,
    patch: pytest.MonkeyPatch,
    *,
    installs: Iterable[str],
    has: Iterable[str] = (),
    unnamed: str,
) -> Path:
    """Stand in for a machine whose user is root; return the folder of its tools.

    *installs*: the programs that an install brings. *has*: what is there beside `apt-get`.
    *unnamed*: the variable by which its user has named none.
    """
    tools = folder / "bin"
    for name in ("apt-get", *has):
        executable(tools, name, APT)
    patch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    patch.setenv("INSTALLS", " ".join(installs))
    patch.delenv(unnamed, raising=False)
    patch.setattr(shutil, "which", lambda name: _in(tools, name))
    patch.setattr(tempfile, "gettempdir", lambda: str(folder))
    patch.setattr(os, "geteuid", lambda: 0)
    return tools


def _in(folder: Path, name: str) -> str | None:
    path = folder / name
    return str(path) if path.exists() else None
