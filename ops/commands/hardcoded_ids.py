"""`hardcoded-ids`: what systems issue and git tracks; submodules are left out (ID-5)."""

import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer

from ops.errors import OpsError
from ops.paths import Paths
from ops.terminal import console
from systems.issued_ids import Issued
from systems.registry import SYSTEMS

FILE = "100"
"""How the mode of a file begins; that of a submodule is 160000, that of a link 120000."""

SHOWN = 20

Folder = Annotated[
    Path | None,
    typer.Argument(metavar="FOLDER", help="A clone of git. Default: that of the project."),
]


def hardcoded_ids(folder: Folder = None) -> None:
    """Look for ids of a system that stand in code; fails when there is one.

    Left out are submodules, tests, and the examples of the documents.
    """
    root = folder or Paths().root
    looked = list(tracked(root))
    issued = [system.issued for system in SYSTEMS if system.issued]
    found = [(each, place) for each in issued for place in _places(each, root, looked)]
    for each, place in found[:SHOWN]:
        console.out.print(f"{place} ({each.what})", markup=False, soft_wrap=True)
    if found:
        counted = "1 id stands" if len(found) == 1 else f"{len(found)} ids stand"
        raise OpsError(f"{counted} in code; {found[0][0].instead}")
    console.out.print(f"no id stands in code: {len(looked)} files were read")


def tracked(root: Path) -> Iterator[str]:
    """Yield the path of every file below *root* that git tracks and that is no test."""
    command = ["git", "-C", str(root), "ls-files", "--stage", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise OpsError(f"{root}: git knows no clone there; name the folder of one") from None
    for entry in listed.decode(errors="surrogateescape").split("\0")[:-1]:
        said, _, name = entry.partition("\t")
        if said.startswith(FILE) and not _is_test(PurePosixPath(name)):
            yield name


def _is_test(path: PurePosixPath) -> bool:
    return "tests" in path.parts or ".test." in path.name or path.name.startswith("test_")


def _places(issued: Issued, root: Path, names: list[str]) -> Iterator[str]:
    """Yield each place of *names* with an id; a file that was deleted since has none."""
    for name in names:
        if (root / name).is_file():
            text = (root / name).read_text(encoding="utf-8", errors="replace")
            yield from (f"{name}:{line}: {id_}" for line, id_ in issued.hard_coded(text))
