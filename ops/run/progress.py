"""What a run of the engine prints: its steps while it goes, then what changed and what is wrong."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from rich.markup import escape

from ops.engine.report import PAST, Report
from ops.terminal import console


@contextmanager
def following(title: str, *, quiet: bool = False) -> Iterator[Report]:
    """Gather a run, and show each step of it as it goes; *quiet* leaves no line behind."""
    with console.out.status(title) as status:
        report = Report(on_step=lambda step: status.update(f"{title}: {escape(step)}"))
        if not quiet:
            report.on_done = lambda step: console.out.print(f"  {escape(step)}")
        yield report


def summary(report: Report, *, planned: bool) -> None:
    """Print what changed, or would, and what the policies say."""
    for text in report.warnings:
        console.out.print(f"[yellow]warning:[/yellow] {escape(text)}")
    for text in report.advice:
        console.out.print(f"[yellow]policy advice:[/yellow] {escape(text)}")
    for text in report.violations:
        console.errors.print(f"[red]policy:[/red] {escape(text)}")
    if not report.changed:
        if not report.failure:
            console.out.print("no changes")
        return
    done = [change.op for change in report.changes if change.real] or report.found()
    counts = Counter(done)
    told = (
        f"{n} to {op}" if planned else f"{n} {PAST.get(op, op)}" for op, n in sorted(counts.items())
    )
    console.out.print(", ".join(told) or "only groups and outputs changed")
