"""The program of an earlier commit, made ready to be brought up beside the present one.

It is a work tree of git of its own with the configuration of then. What never goes back comes from
the present: the SQL that was applied, and the histories of Durable Objects. So the former program
finds its databases and objects as they are, or refuses to run, before anything is touched.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ops.errors import OpsError
from ops.paths import Paths
from ops.release.release_record import Release, Standing
from ops.release.rollback_plan import configuration
from ops.terminal import interrupts

LINKED = (".local", "node_modules", ".venv")
"""Folders that git does not know and both programs share."""

PINS = ("requirements", "package-lock.json")
"""What names the packages, which both share as well. The engine is that of the program of then."""

MIGRATIONS = "systems/*/migrations/**/*.sql"
HISTORIES = "systems/*/workers/*/durable_objects.yaml"


def check_commit(root: Path, release: Release) -> None:
    """Raise `OpsError` unless the commit of *release* is in the clone *root*.

    A clone without its history has the newest commit only, as those of a CI do.
    """
    if _run(root, "cat-file", "-e", f"{release.commit}^{{commit}}").returncode:
        raise OpsError(
            f"commit {release.commit} of release {release.number}, which {release.by or 'somebody'}"
            f" deployed, is not in this clone; nothing was changed; get it, and run this again: "
            f"git fetch origin {release.commit}"
        )


@contextmanager
def former_program(paths: Paths, release: Release, now: Standing) -> Iterator[Path]:
    """Give a folder with the program of *release*, which is removed afterwards.

    *now*: how the account stands; where it does not say, the histories are those of now. Raises
    `OpsError` where the commit is not in this clone, or git cannot write its files.
    """
    check_commit(paths.root, release)
    folder = paths.local / "rollback" / release.stack
    _remove(paths.root, folder)
    try:
        _git(paths.root, "worktree", "add", "--detach", str(folder), release.commit)
        _fill(paths, folder, release, now)
        yield folder
    finally:
        _remove(paths.root, folder)


def bring_up(
    folder: Path, release: Release, options: Sequence[str], environ: Mapping[str, str]
) -> int:
    """Run the `up` of the program in *folder*, which plans and asks as ever; return its code."""
    back = ["--back-to", str(release.number)]
    command = [sys.executable, "-m", "ops", "up", release.stack, *back, *options]
    with interrupts.heard(lambda: None):  # it hears of Ctrl-C itself, and ends what it has begun
        return subprocess.run(command, cwd=folder, env=environ, check=False).returncode


def differing_pins(root: Path, commit: str) -> list[str]:
    """Return which files with pins of packages differ between *commit* and now."""
    return _git(root, "diff", "--name-only", commit, "--", *PINS).split()


def _fill(paths: Paths, folder: Path, release: Release, now: Standing) -> None:
    for name in LINKED:
        if (paths.root / name).exists() and not (folder / name).exists():
            (folder / name).symlink_to(paths.root / name)
    tracked = paths.tracked(release.stack)
    made = configuration(release.configuration, tracked.read_text())
    (folder / tracked.name).write_text(made)
    applied = {name for files in now.migrations.values() for name in files}
    _take_over(paths.root, folder, [p for p in paths.root.glob(MIGRATIONS) if p.name in applied])
    then = release.after or Standing()
    if now.unknown or any(then.tags.get(name) != tag for name, tag in now.tags.items()):
        _take_over(paths.root, folder, list(paths.root.glob(HISTORIES)))


def _take_over(root: Path, folder: Path, files: Sequence[Path]) -> None:
    """Copy *files* of the present program, of systems that the former one has as well."""
    for file in files:
        place = folder / file.relative_to(root)
        if place.parent.is_dir():
            shutil.copyfile(file, place)


def _remove(root: Path, folder: Path) -> None:
    """Remove the work tree at *folder*, also one that a killed run left."""
    if folder.exists():
        for name in LINKED:
            if (folder / name).is_symlink():
                (folder / name).unlink()  # what is below it is not that of the work tree
        shutil.rmtree(folder)
    _run(root, "worktree", "prune")


def _git(root: Path, *arguments: str) -> str:
    """Return what git prints; raises `OpsError` with what it says where it fails."""
    done = _run(root, *arguments)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["git failed"]
        raise OpsError(f"{lines[-1].removeprefix('fatal: ')}; nothing was changed")
    return done.stdout


def _run(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise OpsError("git is not there, and the code of then is in its repository") from None
