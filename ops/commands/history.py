"""`history seal`: the digests of Durable Object histories (CC-2)."""

from pathlib import Path
from typing import Annotated

import typer

from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import object_histories

app = typer.Typer(help="Histories of Durable Objects.", no_args_is_help=True, rich_markup_mode=None)

Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE]...", help="Default: those of all workers.", show_default=False),
]
Redo = Annotated[
    bool, typer.Option("--redo", help="Also of steps that were changed, and never deployed.")
]


@app.callback()
def _history() -> None:
    """Have `seal` be a command of its own, as others will come."""


@app.command()
def seal(files: Files = None, *, redo: Redo = False) -> None:
    """Write the digest of each step that has none yet, which seals it and all before it."""
    for path in files or object_histories.find(Paths().root):
        if not path.is_file():
            raise OpsError(f"{path} is no file; give the durable_objects.yaml beside a worker")
        tags = object_histories.write_digests(path, redo=redo)
        typer.echo(f"{path}: " + (f"sealed {', '.join(tags)}" if tags else "is sealed already"))
