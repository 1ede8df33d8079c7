"""`hardcoded-ids`: ids of ChittyID in the files that git tracks; submodules are left out (ID-5)."""

import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer

from ops.errors import OpsError
from ops.paths import Paths
from ops.terminal import console
from planning.hard_coded_ids import hard_coded

FILE = "100"
"""How the mode of a file begins; that of a submodule is 160000, that of a link 120000."""

SHOWN = 20

Folder = Annotated[
    Path | None,
    typer.Argument(metavar="[FOLDER]", help="A clone of git. Default: that of the project."),
]


def hardcoded_ids(folder: Folder = None) -> None:
    """Look for ids of ChittyID that stand in code; fails when there is one.

    Left out are submodules, tests, and the examples of the documents.
    """
    root = folder or Paths().root
    looked = list(tracked(root))
    found = [f"{name}:{line}: {id_}" for name in looked for line, id_ in _in_file(root / name)]
    for sentence in found[:SHOWN]:
        console.out.print(sentence, markup=False, soft_wrap=True)
    if found:
        counted = "1 id stands" if len(found) == 1 else f"{len(found)} ids stand"
        raise OpsError(
            f"{counted} in code; have ChittyID mint them (POST /v1/mint), and keep them in a store "
            "or in the configuration"
        )
    console.out.print(f"no id of ChittyID stands in code: {len(looked)} files were read")


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


def _in_file(path: Path) -> Iterator[tuple[int, str]]:
    """Yield what stands in code at *path*; a file that was deleted since has nothing."""
    if path.is_file():
        yield from hard_coded(path.read_text(encoding="utf-8", errors="replace"))
