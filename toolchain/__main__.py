"""`python3 -m toolchain setup [--quiet]`: everything the project runs on, got once and kept."""

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toolchain import engine, node_packages, python_packages
from toolchain.errors import ToolchainError

ORIGINS = {
    "path": "found on the PATH",
    "download": "official download",
    "built": "built from its Go module",
}


def main(arguments: list[str]) -> int:
    """Run the set-up; answers the exit code."""
    if arguments not in (["setup"], ["setup", "--quiet"]):
        print("usage: python3 -m toolchain setup [--quiet]", file=sys.stderr)
        return 2
    try:
        with _alone(engine.ROOT / ".local"):
            found = setup(engine.ROOT)
    except ToolchainError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; run it again to go on", file=sys.stderr)
        return 130
    if "--quiet" not in arguments:
        print(f"engine: Pulumi {found.version}, {ORIGINS[found.origin]}")
    return 0


def setup(root: Path) -> engine.Engine:
    """Set up Python and npm packages and the engine; what is there already is left alone."""
    python_packages.ensure(root)
    node_packages.ensure(root)
    return engine.ensure(engine.Places(root))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let a second set-up of the same clone wait for the first."""
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
