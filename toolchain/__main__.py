"""`python3 -m toolchain setup`: everything the project runs on, got once and kept.

`--quiet` says nothing when all is there. Parts of it alone: `--python` gets the Python packages,
`--packages` those of Python and npm, `--engine` the engine; it is made beside what needs none.
"""

import sys
from pathlib import Path

from common.errors import FAILED, INTERRUPTED
from common.locks import exclusive
from toolchain import engine, node_packages, python_packages
from toolchain.errors import ToolchainError

QUIET, PYTHON, PACKAGES, ENGINE = "--quiet", "--python", "--packages", "--engine"
OPTIONS = {QUIET, PYTHON, PACKAGES, ENGINE}
ORIGINS = {
    "path": "found on the PATH",
    "download": "official download",
    "built": "built from its Go module",
}


def main(arguments: list[str]) -> int:
    """Run the set-up; return the exit code."""
    if arguments[:1] != ["setup"] or not OPTIONS.issuperset(arguments[1:]):
        print(f"usage: python3 -m toolchain setup [{'] ['.join(sorted(OPTIONS))}]", file=sys.stderr)
        return 2
    try:
        _set_up(arguments[1:])
    except ToolchainError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except OSError as error:
        print(f"error: {_said(error)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("stopped; run it again to go on", file=sys.stderr)
        return INTERRUPTED
    return 0


def setup(root: Path) -> engine.Engine:
    """Set up Python and npm packages and the engine; what is there already is left alone.

    The tools that this needs are looked for first: nothing is installed when one is missing.
    """
    packages(root)
    return engine.ensure(engine.Places(root))


def packages(root: Path) -> None:
    """Set up Python and npm packages: what every check and every test needs."""
    node_packages.check_node()
    python_packages.ensure(root)
    node_packages.ensure(root)


def _report_waiting(_holder: str) -> None:
    print("another set-up of this clone is under way; waiting for it", file=sys.stderr)


def _said(error: OSError) -> str:
    what = f"{error.filename or 'the disk'}: {error.strerror or error}"
    return f"{what}; see to room and permissions there, then run it again"


def _set_up(options: list[str]) -> None:
    if ENGINE in options:
        return _report(engine.ensure(engine.Places(engine.ROOT)), options)
    with exclusive(engine.ROOT / ".local" / "setup.lock", on_wait=_report_waiting):
        if PYTHON in options:
            return python_packages.ensure(engine.ROOT)
        if PACKAGES in options:
            return packages(engine.ROOT)
        return _report(setup(engine.ROOT), options)


def _report(found: engine.Engine, options: list[str]) -> None:
    if QUIET not in options:
        print(f"engine: Pulumi {found.version}, {ORIGINS[found.origin]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
