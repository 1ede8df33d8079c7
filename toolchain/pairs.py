"""The two ends of what is supported: pairs of an engine and an SDK that are tested together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from toolchain import versions
from toolchain.errors import ToolchainError
from toolchain.versions import Version

VARIABLE = "CHITTYOS_ENGINE"
"""Asks for a pair by name: `newest` or `oldest`. Default: the newest."""

MODULES = Path("toolchain") / "modules"


@dataclass(frozen=True)
class Pair:
    """An engine and the SDK that it is tested with."""

    name: str
    """As `CHITTYOS_ENGINE` names it; the folder in `toolchain/modules` that pins it."""

    engine: str
    """The engine that is downloaded or built, without a `v`."""

    since: str
    """The first engine that fits when it is found on the PATH: its minor and later patches."""

    before: Version
    """The first engine that is too new."""

    @property
    def module(self) -> Path:
        """Where the Go module of the engine is pinned, from the root of the clone."""
        return MODULES / self.name

    @property
    def requirements(self) -> tuple[Path, ...]:
        """What is installed, from the root of the clone; a later file replaces an earlier one's."""
        base = Path("requirements") / "test.txt"
        return (base,) if self is NEWEST else (base, self.module / "requirements.txt")

    def fits(self, version: Version | None) -> bool:
        """Whether an engine of *version* may run in place of the one that is pinned."""
        since = versions.parse(self.since)
        return version is not None and since is not None and since <= version < self.before


OLDEST = Pair("oldest", "3.259.0", since="3.259.0", before=(3, 260, 0))
NEWEST = Pair("newest", "3.276.0", since=OLDEST.engine, before=(4, 0, 0))
PAIRS = {pair.name: pair for pair in (NEWEST, OLDEST)}


def wanted(environ: Mapping[str, str] | None = None) -> Pair:
    """Return the pair that *environ* asks for. Default: `os.environ`, and there the newest.

    Raises `ToolchainError` when it asks for one that there is not.
    """
    environ = os.environ if environ is None else environ
    name = environ.get(VARIABLE) or NEWEST.name
    if name not in PAIRS:
        raise ToolchainError(f"{VARIABLE} is {name!r}; it takes {' or '.join(PAIRS)}")
    return PAIRS[name]
