"""What a stack leaves behind when every resource of it is deleted: removed, or said to stay."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ops.engine.process import pulumi
from ops.paths import PROJECT, Paths
from ops.stack.session import Session
from ops.stack.state import resources
from ops.stack.target import DEVELOPMENT, Target

THROWAWAY = "pr-"
"""Begins the names of stacks that are made for one pull request and end with it."""

BUILD = ".build"
POLICY = "policy"
"""Folder of `.local` in which the policy pack notes what it could look at."""


def is_throwaway(target: Target) -> bool:
    """Return whether nothing of the stack is wanted once it is destroyed."""
    return target.environment == DEVELOPMENT and target.name.startswith(THROWAWAY)


def modules(session: Session) -> list[Path]:
    """Return the folders of the bundles that the scripts of the stack were uploaded from."""
    root = session.paths.root / BUILD
    given = (each.get("inputs", {}).get("contentFile") for each in resources(session))
    folders = {(session.paths.root / file).parent for file in given if isinstance(file, str)}
    return sorted(folder for folder in folders if folder.parent == root)


def remove(session: Session, bundles: list[Path]) -> list[str]:
    """Remove all files of an empty throw-away stack; return what was removed, a name each.

    *bundles*: folders of modules, see `modules`. Its configuration is removed as well, unless git
    tracks it.
    """
    paths, stack = session.paths, session.target.name
    arguments = ["stack", "rm", stack, "--yes", "--remove-backups", "--preserve-config"]
    pulumi(session.tools.engine.path, arguments, cwd=paths.root)
    for each in (*_named(paths.state / ".pulumi", stack), *_logs(stack)):
        _remove(each)
    found = [paths.effective(stack), *_files(paths, stack), *bundles]
    if not _is_tracked(paths.tracked(stack)):
        found.append(paths.tracked(stack))
    return ["its state, backups and logs", *(_name(paths, each) for each in found if _remove(each))]


def staying(session: Session) -> list[str]:
    """Say what stays of a stack that was destroyed, and why."""
    paths, target = session.paths, session.target
    if is_throwaway(target):
        file = paths.tracked(target.name)
        return [f"{file.name} stays: git tracks it"] if file.exists() else []
    if target.local:
        kept = f"{_name(paths, paths.state)} and {_name(paths, paths.effective(target.name))}"
        said = (
            f"the empty state and the secrets of {target.name} stay for the next up, in {kept}; "
            f"make reset deletes them"
        )
    else:
        said = (
            f"the empty state of {target.name} stays in its backend, its configuration in "
            f"{paths.tracked(target.name).name}, for the next up; to delete both: "
            f"pulumi stack rm {target.name}; what was deployed of it stays noted: "
            f"python -m ops releases {target.name}"
        )
    return [said]


def _files(paths: Paths, stack: str) -> Iterator[Path]:
    """Yield what commands and policies keep of *stack* beside its state: keys, advice, findings."""
    for folder in (paths.stacks, paths.advice, paths.releases, paths.local / POLICY):
        yield from _named(folder, stack)


def _named(folder: Path, stack: str) -> list[Path]:
    """Return what is named after *stack*: `pr-7` and `pr-7.json.bak`, not `pr-70.json`."""
    below = folder.rglob(f"{stack}*")
    return sorted(each for each in below if each.name.partition(".")[0] == stack)


def _logs(stack: str) -> list[Path]:
    """Return what the engine logged of *stack*: it does so by itself, in its own folder."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    return sorted((home / "logs").glob(f"*+{PROJECT}+{stack}-[0-9]*.log"))


def _remove(path: Path) -> bool:
    """Remove a file or a folder; return whether it was there."""
    if path.is_dir():
        shutil.rmtree(path)
        return True
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def _is_tracked(path: Path) -> bool:
    """Return whether git knows *path*; where there is no git, nobody has put it aside."""
    done = subprocess.run(
        ["git", "ls-files", "--error-unmatch", path.name],
        cwd=path.parent,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def _name(paths: Paths, path: Path) -> str:
    return path.relative_to(paths.root).as_posix() if path.is_relative_to(paths.root) else str(path)
