"""Which Python a program runs with, as `runtime.options` of its Pulumi.yaml says."""

import sys
from collections.abc import Mapping
from pathlib import Path


class InterpreterError(Exception):
    """A folder of Python packages that is named and is not there."""


def interpreter(root: Path, options: Mapping[str, object]) -> str:
    """Return the Python of the virtual environment that *options* names, relative to *root*.

    Without `virtualenv` it is the Python that runs this host. Raises `InterpreterError` when the
    environment is not there, with its path and how to make it.
    """
    named = options.get("virtualenv")
    if not named:
        return sys.executable
    python = root / str(named) / "bin" / "python"
    if not python.is_file():
        raise InterpreterError(
            f"runtime.options.virtualenv is {named!r} and {python} is not there; "
            f"run python3 -m venv {root / str(named)} and install the program's packages in it"
        )
    return str(python)
