"""What `make dev` prints: reloads, mistakes with their place, and what the workers say."""

import re
from datetime import datetime
from pathlib import Path

from rich.markup import escape

from common.json_types import Json
from ops.development.bundles import Made, Mistake
from ops.development.workers import Worker
from ops.terminal import console

PLACE = re.compile(r"(?P<file>[\w@./-]+\.[cm]?[jt]sx?):(?P<line>\d+)(?::(?P<column>\d+))?")
OLD_CODE = "the code before it still serves"


def beginning() -> None:
    """Say what is about to happen to all workers, once."""
    console.out.print("all workers start anew, those in development in processes of their own")


def began(workers: list[Worker], edge_port: int) -> None:
    """Say what is developed, and where it answers."""
    for worker in workers:
        hosts = " ".join(f"http://{host}.localhost:{edge_port}" for host in worker.hosts)
        console.out.print(escape(f"{worker.script}  {worker.entry}  {hosts}".rstrip()))
    console.out.print("save a file, and its worker answers anew; Ctrl-C ends it")


def reloaded(made: Made, seconds: float) -> None:
    """Say that *made* serves, so many *seconds* after the change was noticed."""
    _say(made.script, f"[green]reloaded[/green] in {seconds:.2f} s")


def unchanged(script: str) -> None:
    """Say that a change left a worker the same."""
    _say(script, "saved; its code is the same")


def mistaken(made: Made) -> None:
    """Say why a bundle could not be made."""
    _say(made.script, f"[red]does not bundle[/red]; {OLD_CODE}")
    for mistake in made.mistakes:
        _show(mistake)


def refused(script: str, reason: str, root: Path) -> None:
    """Say why a bundle does not run, with the line below *root* that the reason names."""
    _say(script, f"[red]does not start[/red]; {OLD_CODE}")
    _show(_placed(reason, root))


def printed(lines: list[Json], since: float) -> float:
    """Print what workers said after *since*; return the time of the last line."""
    for line in lines:
        text = str(line.get("stack") or line["message"])
        at = float(line.get("time", since))
        _say(line["worker"] or "runtime", escape(text), at)
        since = max(since, at)
    return since


def ended(scripts: list[str]) -> None:
    """Say what stays of it, and what to do."""
    if scripts:
        names = ", ".join(scripts)
        console.out.print(f"{escape(names)}: what was saved last serves on; make up deploys it")
    else:
        console.out.print("nothing was changed")


def _say(who: str, markup: str, at: float | None = None) -> None:
    moment = datetime.fromtimestamp(at) if at else datetime.now()  # noqa: DTZ005, DTZ006  # for people
    console.out.print(f"{moment:%H:%M:%S} {escape(who)} {markup}")


def _show(mistake: Mistake) -> None:
    place = ":".join(str(each) for each in (mistake.file, mistake.line, mistake.column) if each)
    lines = mistake.text.splitlines() or [""]
    text = "\n".join([lines[0], *(f"  {line}" for line in lines[1:])])
    console.out.print(escape(f"  {place}: {text}" if place else f"  {text}"))
    if mistake.source is not None:
        console.out.print(escape(f"    {mistake.source.rstrip()}"))
        if mistake.column:
            console.out.print(f"    {' ' * (mistake.column - 1)}^")


def _placed(reason: str, root: Path) -> Mistake:
    """Find the first place in *reason* that is a line of a file below *root*."""
    for found in PLACE.finditer(reason):
        file = root / found["file"]
        if not file.is_file() or "node_modules" in file.parts:
            continue
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        number = int(found["line"])
        if number <= len(lines):
            column = int(found["column"]) if found["column"] else None
            return Mistake(reason, found["file"], number, column, lines[number - 1])
    return Mistake(reason)
