"""`releases`: what was deployed of a stack, when, by whom, and from which commit."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ops.commands.numbers import MOST_RELEASES
from ops.commands.options import AsJson, StackName
from ops.errors import OpsError
from ops.paths import Paths
from ops.release import release_store
from ops.release.release_record import Release
from ops.release.rollback_plan import SHORT
from ops.stack.session import open_to_read
from ops.terminal import console

Number = Annotated[
    int | None,
    typer.Argument(
        metavar="[RELEASE]", min=1, max=MOST_RELEASES, help="Show all of one. Default: list them."
    ),
]


def releases(stack: StackName, number: Number = None, *, as_json: AsJson = False) -> None:
    """List the releases of STACK, the newest first, or show all that is noted of one."""
    book = release_store.read(open_to_read(Paths(), stack))
    if number is not None:
        found = book.find(number)
        if found is None:
            known = ", ".join(str(each.number) for each in book.releases) or "none"
            raise OpsError(f"{stack} has no release {number}; noted are: {known}")
        typer.echo(found.model_dump_json(indent=2))
    elif as_json:
        typer.echo(book.model_dump_json(indent=2))
    elif not book.releases:
        typer.echo(f"nothing was deployed of {stack} yet, as far as is noted")
    else:
        console.out.print(_table(book.releases))


def _table(listed: tuple[Release, ...]) -> Table:
    names = ("release", "began", "ended", "", "commit", "plan", "by", "what for")
    shown = Table(*names, box=None, pad_edge=False)
    colours = {"done": "green", "failed": "red", "begun": "yellow"}
    for each in reversed(listed):
        commit = f"{each.commit[:SHORT] or 'none'}{' +' if each.changed else ''}"
        told = [commit, each.plan, each.by, each.why or "up"]
        result = f"[{colours[each.result]}]{each.result}[/]"
        shown.add_row(str(each.number), each.began, each.ended, result, *map(escape, told))
    return shown
