"""The host of programs in YAML, built once from its Go module: a built engine brings none."""

import shutil
import tempfile
from pathlib import Path

from common.locks import exclusive
from toolchain import build, pairs, releases
from toolchain.engine import Places
from toolchain.stamps import digest

EXECUTABLE = "pulumi-language-yaml"
COMMAND = build.Command(
    "host of YAML programs",
    f"github.com/pulumi/pulumi-yaml/cmd/{EXECUTABLE}",
    "-s -w",
)
MODULE = pairs.MODULES / "yaml"


def ensure(places: Places | None = None) -> Path:
    """Return the folder with the host; builds it the first time (a minute or two).

    Clones of one user share it as they share an engine. Raises `ToolchainError` when the machine
    has no fitting Go or the build fails.
    """
    places = places or Places()
    folder = places.own.parent / "yaml-host" / _key(places)
    shared = places.shared.parent / "yaml-host" / _key(places)
    with exclusive(folder.parent / "making.lock"):
        if not (folder / EXECUTABLE).exists():
            if not (shared / EXECUTABLE).exists():
                _make(places, shared)
            _copy(shared / EXECUTABLE, folder)
    return folder


def _key(places: Places) -> str:
    sources = (places.root / MODULE / file for file in ("go.mod", "go.sum"))
    return f"{releases.this_platform()}-{digest(sources, COMMAND.ldflags)[:12]}"


def _make(places: Places, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=places.own.parent) as made:
        target = Path(made) / EXECUTABLE
        build.build(COMMAND, places.root / MODULE, target, places.logs)
        _copy(target, folder)


def _copy(executable: Path, folder: Path) -> None:
    """Put a whole *executable* into *folder*, so that others see all of it or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as draft:
        copy = Path(draft) / EXECUTABLE
        shutil.copy2(executable, copy)
        copy.rename(folder / EXECUTABLE)
