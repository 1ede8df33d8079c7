"""Where a deployment comes from: commit, whether its files are those of it, and who deploys."""

import getpass
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

KEPT = re.compile(
    r"Pulumi\.[^/]*\.yaml|(.*/)?migrations/.*|(.*/)?durable_objects\.yaml"
    r"|\.local|\.venv|node_modules"
)
"""Files that a release keeps itself, or that never go back (`Release.changed`); folders that git
leaves out, but for links in their place."""


def commit_of(root: Path) -> str:
    """Return the commit that *root* is at; "" where it is in no repository, or git is not there."""
    return _git(root, "rev-parse", "HEAD").strip()


def is_changed(root: Path) -> bool:
    """Return whether files in *root*, of those that git would have, are not as in its commit."""
    listed = _git(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    return any(not KEPT.fullmatch(each[3:]) for each in listed.split("\0") if each)


def who(environ: Mapping[str, str] = os.environ) -> str:
    """Return who deploys: of a workflow who began it and where that is seen, else the user."""
    if not environ.get("GITHUB_ACTIONS"):
        return _user()
    run = (
        "/".join(environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY"))
        + f"/actions/runs/{environ.get('GITHUB_RUN_ID', '')}"
    )
    return f"{environ.get('GITHUB_ACTOR', '')} ({run})"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        return str(os.getuid())


def _git(root: Path, *arguments: str) -> str:
    """Return what git prints; "" where it fails. No hook and no file system monitor is run."""
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""
