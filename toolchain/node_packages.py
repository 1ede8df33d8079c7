"""The npm packages: exactly what the lock file says, installed again only when it changes."""

import shutil
from pathlib import Path

from toolchain import versions
from toolchain.errors import ToolchainError
from toolchain.progress import step
from toolchain.run import run
from toolchain.stamps import Stamp, digest

LOCKED_BY = ("package.json", "package-lock.json", ".npmrc")


def ensure(root: Path) -> None:
    """Make `node_modules` fit the lock file.

    Raises `ToolchainError` when Node or npm is missing or too old, or a package cannot be had.
    """
    node = check_node()
    modules = root / "node_modules"
    value = digest((root / name for name in LOCKED_BY), versions.show(node), str(modules))
    stamp = Stamp(modules / ".installed-from", value)
    if stamp.holds():
        return
    with step("installing npm packages"):
        run(["npm", "ci", "--no-audit", "--no-fund"], cwd=root, log=root / ".local/log/npm.log")
    stamp.set()


def check_node() -> versions.Version:
    """Return the version of Node; `ToolchainError` when it or npm is missing or too old."""
    needed = f"Node {versions.show(versions.NODE)} or newer"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise ToolchainError(
            f"{needed} with npm is needed and was not found on the PATH; "
            "install it from https://nodejs.org/"
        )
    found = versions.reported_by("node", "--version")
    if found is None or found < versions.NODE:
        shown = versions.show(found) if found else "of unknown version"
        raise ToolchainError(
            f"{needed} is needed, `node` on the PATH is {shown}; "
            "install a newer one from https://nodejs.org/"
        )
    return found
