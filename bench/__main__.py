"""Measure, print, and with `--write` put the figures into `bench/README.md`.

Every module beside this one with a function `figures()` is a bench, named as its file; so is
`bench.py` of a system, named as the system.
"""

import datetime as dt
import importlib
import inspect
import os
import platform
import re
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from harness.figure import Figure
from systems.registry import SYSTEMS

HERE = Path(__file__).parent
PAGE = HERE / "README.md"
HEAD = "| what | measured | target | | how |\n|---|---|---|---|---|"
console = Console(stderr=True)


def benches() -> dict[str, str]:
    """Return the module of every bench by its name: those here, and `bench.py` of each system."""
    texts = {path.stem: path.read_text() for path in HERE.glob("[!_]*.py")}
    own = {name: f"bench.{name}" for name, text in texts.items() if "def figures(" in text}
    of_systems = {system.name: f"systems.{system.name}.bench" for system in SYSTEMS}
    return own | {name: module for name, module in of_systems.items() if find_spec(module)}


def names() -> list[str]:
    """Name every bench there is."""
    return sorted(benches())


def measure(name: str, against: Path | None = None) -> list[Figure]:
    """Run one bench; *against* another checkout, where it compares. Default: this one alone."""
    run = importlib.import_module(benches()[name]).figures
    compares = "against" in inspect.signature(run).parameters
    with console.status(f"measuring {name} …"):
        return list(run(against) if compares else run())


def machine() -> str:
    """Say what was measured on, without naming the machine."""
    python = sys.version.split()[0]
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {python}"


def section(name: str, figures: Iterable[Figure]) -> str:
    """Give one bench as a section of the page, between marks that a later run replaces."""
    today = dt.datetime.now(tz=dt.UTC).date()
    rows = "\n".join(figure.row() for figure in figures)
    return (
        f"<!-- {name} -->\n## {name}\n\n{today}, {machine()}.\n\n{HEAD}\n{rows}\n<!-- /{name} -->"
    )


def write(name: str, text: str) -> None:
    """Put a section into the page: in the place of the older one, else at the end."""
    page = PAGE.read_text()
    old = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->", re.DOTALL)
    page = old.sub(lambda _: text, page) if old.search(page) else f"{page.rstrip()}\n\n{text}\n"
    PAGE.write_text(page)


def main(
    only: Annotated[list[str] | None, typer.Argument(help="Benches to run; all without.")] = None,
    *,
    keep: Annotated[
        bool, typer.Option("--write", help="Put the figures into bench/README.md.")
    ] = False,
    against: Annotated[
        Path | None, typer.Option(help="Another checkout, set up, that `up` is compared with.")
    ] = None,
) -> None:
    """Measure what the project promises; exits 1 when a target is missed."""
    if unknown := set(only or ()) - set(names()):
        console.print(
            f"no bench named {', '.join(sorted(unknown))}; there are: {', '.join(names())}"
        )
        raise typer.Exit(2)
    if against and not (against / ".venv").is_dir():
        console.print(f"--against {against}: no checkout that was set up; run make setup there")
        raise typer.Exit(2)
    missed = False
    for name in only or names():
        figures = measure(name, against and against.resolve())
        missed |= any(figure.met is False for figure in figures)
        text = section(name, figures)
        print(text)
        if keep:
            write(name, text)
    raise typer.Exit(1 if missed else 0)


if __name__ == "__main__":
    typer.run(main)
