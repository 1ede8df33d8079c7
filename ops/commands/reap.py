"""`reap`: stacks of pull requests that are wanted no longer, removed."""

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from ops.commands.numbers import MOST_DAYS
from ops.commands.options import Yes
from ops.errors import OpsError
from ops.paths import Paths
from ops.pull_request import github, pull_requests
from ops.run.consent import agree
from ops.stack import pull_request_stacks
from ops.terminal import console

DAYS = 7
TOKEN = "GH_TOKEN"  # noqa: S105 - the name of a variable
"""Asks which pull requests are open; code of a pull request, which `destroy` may load, is not to
have it."""

Days = Annotated[
    int,
    typer.Option(min=0, max=MOST_DAYS, help="Days without a change after which a stack goes."),
]
AskGitHub = Annotated[
    bool, typer.Option("--github", help="Remove those of closed pull requests, too.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")]


def reap(
    *, days: Days = DAYS, ask_github: AskGitHub = False, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Remove the stacks pr-<number> that have not changed for --days, with all that is in them.

    With --github, in a job of GitHub Actions, also those whose pull request is not open. No stack
    of another name is ever touched. Says first what goes, and asks.
    """
    paths = Paths()
    found = list(
        pull_request_stacks.found(paths)
    )  # first: one made while GitHub answers is not closed
    still_open = set(pull_requests.open_numbers(github.of_job())) if ask_github else None
    now = datetime.now(UTC)
    verdicts = [pull_request_stacks.judge(each, now, days, still_open) for each in found]
    for verdict in verdicts:
        console.out.print(escape(str(verdict)))
    going = [verdict.of.stack for verdict in verdicts if verdict.goes]
    if not going:
        console.out.print("nothing to remove")
    elif not dry_run:
        agree(f"Delete {', '.join(going)}, with the data in them?", yes=yes)
        _remove(paths, going)
    if unread := [verdict.of.stack for verdict in verdicts if verdict.of.fault]:
        raise OpsError(f"not judged: {', '.join(unread)}, see above; mend the file, then run again")


def _remove(paths: Paths, stacks: Sequence[str]) -> None:
    """Destroy each by its own command; one that fails keeps no other."""
    failed = [stack for stack in stacks if not _is_destroyed(paths, stack)]
    if failed:
        again = "; ".join(f"python -m ops destroy {stack}" for stack in failed)
        raise OpsError(f"not removed: {', '.join(failed)}, see above; run again: {again}")


def _is_destroyed(paths: Paths, stack: str) -> bool:
    console.out.print(f"destroying {stack}")
    command = [sys.executable, "-m", "ops", "destroy", stack, "--yes"]
    given = {name: value for name, value in os.environ.items() if name != TOKEN}
    return subprocess.run(command, cwd=paths.root, env=given, check=False).returncode == 0
