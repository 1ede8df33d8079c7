"""The virtual environment: made once, filled from requirement files with hashes."""

import importlib.util
import shutil
import sys
from pathlib import Path

from toolchain import pairs
from toolchain.errors import ToolchainError
from toolchain.progress import step
from toolchain.run import run
from toolchain.stamps import Stamp, digest

COMPILED = "compiled"
"""Says in the stamp that the packages were compiled: an environment without that is made to fit."""


def ensure(root: Path) -> None:
    """Make `.venv` fit the requirements of the pair that is wanted; nothing when it does already.

    A change of the requirements is installed into it; another Python makes it anew.
    Raises `ToolchainError` when Python lacks its venv module or a package cannot be had.
    """
    venv = root / ".venv"
    requirements = [root / name for name in pairs.wanted().requirements]
    made = Stamp(venv / ".made-by", digest([], sys.version, str(venv)))
    installed = Stamp(venv / ".installed-from", digest(requirements, COMPILED))
    if made.holds() and installed.holds():
        return
    _check_venv_module()
    with step("installing Python packages"):
        if not made.holds():
            _create(venv, root)
        for file in requirements:
            _install(venv, file, root)
        _compile(venv, root)
    made.set()
    installed.set()


def _check_venv_module() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        raise ToolchainError(
            f"{sys.executable} has no venv module; install it "
            "(Debian and Ubuntu: apt install python3-venv)"
        )


def _create(venv: Path, root: Path) -> None:
    if venv.exists():
        shutil.rmtree(venv)
    log = root / ".local" / "log" / "venv.log"
    run([sys.executable, "-m", "venv", venv], cwd=root, log=log)


def _install(venv: Path, requirements: Path, root: Path) -> None:
    """Install what is pinned, which is all: nothing is left to resolve. `_compile` is quicker."""
    pip: list[str | Path] = [venv / "bin" / "python", "-m", "pip", "install"]
    pip += ["--no-deps", "--no-compile"]
    run(
        [*pip, "--require-hashes", "-r", requirements],
        cwd=root,
        log=root / ".local" / "log" / "pip.log",
        environ={"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )


def _compile(venv: Path, root: Path) -> None:
    """Compile the packages on all cores.

    Python would keep what it compiles on first use, but not where PYTHONDONTWRITEBYTECODE is set,
    as in many containers: there each command would compile the Cloudflare SDK, two seconds of it.
    """
    packages = [str(folder) for folder in venv.glob("lib/python*/site-packages")]
    run(
        [venv / "bin" / "python", "-m", "compileall", "-q", "-j", "0", *packages],
        cwd=root,
        log=root / ".local" / "log" / "compile.log",
    )
