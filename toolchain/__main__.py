"""`python3 -m toolchain setup`: everything the project runs on, got once and kept.

`--quiet` says nothing when all is there; `--python` gets the Python packages and nothing else.
"""

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toolchain import engine, node_packages, python_packages
from toolchain.errors import ToolchainError

QUIET, PYTHON = "--quiet", "--python"
OPTIONS = {QUIET, PYTHON}
ORIGINS = {
    "path": "found on the PATH",
    "download": "official download",
    "built": "built from its Go module",
}


def main(arguments: list[str]) -> int:
    """Run the set-up; answers the exit code."""
    if arguments[:1] != ["setup"] or not OPTIONS.issuperset(arguments[1:]):
        print(f"usage: python3 -m toolchain setup [{'] ['.join(sorted(OPTIONS))}]", file=sys.stderr)
        return 2
    try:
        with _alone(engine.ROOT / ".local"):
            _set_up(arguments[1:])
    except ToolchainError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; run it again to go on", file=sys.stderr)
        return 130
    return 0


def setup(root: Path) -> engine.Engine:
    """Set up Python and npm packages and the engine; what is there already is left alone.

    The tools that this needs are looked for first: nothing is installed when one is missing.
    """
    node_packages.check_node()
    python_packages.ensure(root)
    node_packages.ensure(root)
    return engine.ensure(engine.Places(root))


def _set_up(options: list[str]) -> None:
    if PYTHON in options:
        return python_packages.ensure(engine.ROOT)
    found = setup(engine.ROOT)
    if QUIET not in options:
        print(f"engine: Pulumi {found.version}, {ORIGINS[found.origin]}")
    return None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let a second set-up of the same clone wait for the first, and say so."""
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another set-up of this clone is under way; waiting for it", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
