"""The plans that a preview hands over: a file for each stack of the environment.

The job that made them runs the code of a pull request: names, number and content are data. Needs
nothing but Python.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from ops.errors import OpsError
from ops.preview.comment import Compared, read_plan
from ops.preview.plan_steps import Json

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
"""Form of the name of a stack."""

MOST = 8
"""Stacks of which one comment has room to speak."""


def read(folder: Path, bases: Path | None = None) -> dict[str, Compared]:
    """Return the plans in *folder*, `STACK.json`, with those of the same names in *bases*.

    Raises `OpsError` where there are none, or more than a comment has room for.
    """
    found = {path.stem: path for path in _files(folder)}
    if not 0 < len(found) <= MOST:
        raise OpsError(f"{folder} has plans of {len(found)} stacks; it is to have 1 to {MOST}")
    return {name: (read_plan(path), _base(bases, name)) for name, path in sorted(found.items())}


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.glob("*.json") if folder.is_dir() else ():
        if NAME.fullmatch(path.stem) and _is_own(path):
            yield path


def _is_own(path: Path) -> bool:
    """Whether *path* is a file of what was handed over, and no way to another file of this job."""
    return path.is_file() and not path.is_symlink()


def _base(folder: Path | None, name: str) -> Json | None:
    path = folder / f"{name}.json" if folder else None
    return read_plan(path) if path and _is_own(path) else None
