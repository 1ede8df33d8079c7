"""The Pulumi engine: found on the PATH, else downloaded, else built; made once, used again."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, cast

from common.locks import exclusive
from toolchain import build, downloads, pairs, releases, versions
from toolchain.errors import ToolchainError, UnreachableError
from toolchain.pairs import Pair
from toolchain.progress import step
from toolchain.stamps import digest
from toolchain.versions import Version

ROOT = Path(__file__).resolve().parent.parent

Origin = Literal["path", "download", "built"]
ORIGINS: tuple[Origin, ...] = ("path", "download", "built")
SOURCES = ("go.mod", "go.sum")
MAKING, COPYING = ".making-", ".copying-"
EXECUTABLE_PACKS: Version = (3, 276, 0)
"""The first engine that was seen to start a policy pack that is an executable."""

EXCEPTIONS: Version = (3, 276, 0)
"""The first engine whose exceptions were seen to work; 3.259 takes them for policies."""

HALF_MADE = (MAKING, COPYING)
"""Beginnings of folders that are no engine yet."""


@dataclass(frozen=True)
class Engine:
    """An engine that can run the program."""

    path: Path
    """The executable."""

    version: str
    """As it says itself, without a `v`."""

    origin: Origin
    """Where it came from: the user's PATH, the official download, or a build."""

    @property
    def runs_executable_packs(self) -> bool:
        """Whether a policy pack may be an executable; then no host of Python stands between."""
        return self._is_from(EXECUTABLE_PACKS)

    @property
    def takes_exceptions(self) -> bool:
        """Whether the configuration of a policy pack may have exceptions."""
        return self._is_from(EXCEPTIONS)

    def _is_from(self, first: Version) -> bool:
        version = versions.parse(self.version)
        return version is not None and version >= first

    def brings_python(self, root: Path = ROOT) -> bool:
        """Whether the official Python host came with it, which runs programs and policies.

        What this project put on the PATH, in `.local` of *root*, is not the official one.
        """
        host = "pulumi-language-python"
        if (self.path.resolve().parent / host).is_file():
            return True
        own = (root / ".local").resolve()
        folders = [Path(folder or ".") for folder in os.environ.get("PATH", "").split(os.pathsep)]
        kept = [str(each) for each in folders if not each.resolve().is_relative_to(own)]
        return shutil.which(host, path=os.pathsep.join(kept)) is not None


@dataclass(frozen=True)
class Places:
    """Where engines are kept."""

    root: Path = ROOT
    """The clone; its engine is in `.local/engine`."""

    cache: Path | None = None
    """Shared by all clones. Default: `$XDG_CACHE_HOME/chittyos/engine`, else under `~/.cache`."""

    pair: Pair = field(default_factory=pairs.wanted)
    """Which engine. Default: what the environment asks for, else the newest."""

    @property
    def own(self) -> Path:
        return self.root / ".local" / "engine"

    @property
    def shared(self) -> Path:
        if self.cache:
            return self.cache
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(base) / "chittyos" / "engine"

    @property
    def making(self) -> Path:
        """The lock of who makes this clone's engine."""
        return self.own / "making.lock"

    @property
    def logs(self) -> Path:
        return self.root / ".local" / "log"


def find(places: Places | None = None) -> Path | None:
    """Find an engine that is there already; `None` when one must be got first."""
    found = _on_path(places or Places()) or _own(places or Places())
    return found.path if found else None


def ensure(places: Places | None = None) -> Engine:
    """Find, download or build the engine, in that order.

    Raises `ToolchainError` when a download fails for another reason than an unreachable host,
    or when nothing is left but a build and the machine has no fitting Go.
    """
    places = places or Places()
    found = _on_path(places) or _own(places)
    if found:
        return found
    with _alone(places):
        return _own(places) or _shared(places) or _make(places)


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    """Make one engine at a time; what a killed one left half made goes first."""
    with exclusive(places.making):
        for left in (each for half in HALF_MADE for each in places.own.glob(f"{half}*")):
            shutil.rmtree(left, ignore_errors=True)
        yield


def _on_path(places: Places) -> Engine | None:
    """Every `pulumi` of the PATH in turn, but for the ones this project put there."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        candidate = Path(folder or ".") / "pulumi"
        if not os.access(candidate, os.X_OK) or not candidate.is_file():
            continue
        if candidate.resolve().is_relative_to((places.root / ".local").resolve()):
            continue
        version = _said_by(candidate, candidate.stat().st_mtime_ns)
        if version and places.pair.fits(version):
            return Engine(candidate, versions.show(version), "path")
    return None


@cache
def _said_by(executable: Path, _changed: int) -> Version | None:
    """Return the version that *executable* says, asked once while it is the same file."""
    return versions.reported_by(executable, "version")


def _own(places: Places) -> Engine | None:
    return _read(places.own / _key(places, "download")) or _read(places.own / _key(places, "built"))


def _shared(places: Places) -> Engine | None:
    """Take over what another clone of this user has made."""
    for origin in ("download", "built"):
        key = _key(places, origin)
        if _read(places.shared / key):
            _publish(places.shared / key, places.own / key)
            return _read(places.own / key)
    return None


def _key(places: Places, origin: str) -> str:
    """Name what an engine was made from, so that a changed pin never meets an old engine."""
    version, name = places.pair.engine, releases.this_platform()
    if origin == "download":
        made_from = releases.checksum(version, name) or "none"
    else:
        sources = (places.root / places.pair.module / file for file in SOURCES)
        made_from = digest(sources, build.engine(version).ldflags)
    return f"{version}-{name}-{origin}-{made_from[:12]}"


def _read(folder: Path) -> Engine | None:
    """Read an engine that is complete; its description is written last, and says its size."""
    executable = folder / "bin" / "pulumi"
    try:
        facts = json.loads((folder / "engine.json").read_text())
        engine = Engine(executable, facts["version"], cast("Origin", facts["origin"]))
        whole = executable.stat().st_size == int(facts.get("size", executable.stat().st_size))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return engine if whole and os.access(executable, os.X_OK) else None


def _make(places: Places) -> Engine:
    with tempfile.TemporaryDirectory(dir=places.own, prefix=MAKING) as made:
        origin = _obtain(places, Path(made))
        _describe(places, Path(made), origin)
        key = _key(places, origin)
        with suppress(OSError):  # a cache that cannot be written only costs the next clone time
            _publish(Path(made), places.shared / key)
        _publish(Path(made), places.own / key)
    engine = _read(places.own / key)
    if engine is None:
        raise ToolchainError(f"{places.own / key} was made and cannot be read; run make again")
    return engine


def _obtain(places: Places, made: Path) -> Origin:
    version = places.pair.engine
    try:
        _download(version, made)
    except UnreachableError as error:
        print(f"{error}; the engine is built from its Go module instead")
        module = places.root / places.pair.module
        build.build(build.engine(version), module, made / "bin" / "pulumi", places.logs)
        return "built"
    return "download"


def _download(version: str, made: Path) -> None:
    name = releases.this_platform()
    pinned = releases.checksum(version, name)
    if pinned is None:
        raise UnreachableError(
            f"toolchain/releases.py has no checksum of the official Pulumi {version} for {name}"
        )
    archive = made / "engine.tar.gz"
    with step(f"downloading Pulumi {version}"):
        downloads.fetch(releases.archive_url(version, name), pinned, archive)
        downloads.unpack(archive, made)
    archive.unlink()
    (made / "pulumi").rename(made / "bin")


def _describe(places: Places, made: Path, origin: Origin) -> None:
    """Check that the engine runs, then say what it is: that makes the folder complete."""
    version = versions.reported_by(made / "bin" / "pulumi", "version")
    if version is None or version != versions.parse(places.pair.engine):
        raise ToolchainError(
            f"the new engine ({origin}) does not say that it is {places.pair.engine}; "
            "run make again, or install Pulumi from https://www.pulumi.com/docs/install/"
        )
    engine = Engine(made / "bin" / "pulumi", versions.show(version), origin)
    facts = {"version": engine.version, "origin": origin, "size": engine.path.stat().st_size}
    (made / "engine.json").write_text(json.dumps(facts))


def _publish(source: Path, target: Path) -> None:
    """Copy a complete engine so that others see all of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=COPYING) as made:
        copy = Path(made) / "engine"
        shutil.copytree(source, copy, copy_function=_link_or_copy)
        if target.exists() and _read(target) is None:
            target.rename(Path(made) / "damaged")
        if not target.exists():
            copy.rename(target)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
