"""What commands print: steps while they run, then what changed, what is wrong, what to do."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from ops.report import PAST, Report

NARROWEST = 120
"""Columns that a table may take at least: an address is never cut, it rather wraps."""

console = Console(highlight=False, soft_wrap=True, emoji=False)
console.width = max(console.width, NARROWEST)
errors = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def fail(message: str) -> None:
    """Print an error."""
    errors.print(f"[red]error:[/red] {escape(message)}")


@contextmanager
def watching(title: str, *, quiet: bool = False) -> Iterator[Report]:
    """Gather a run, and show each step of it as it goes; *quiet* leaves no line behind."""
    with console.status(title) as status:
        report = Report(on_step=lambda step: status.update(f"{title}: {escape(step)}"))
        if not quiet:
            report.on_done = lambda step: console.print(f"  {escape(step)}")
        yield report


def summary(report: Report, *, planned: bool) -> None:
    """Print what changed, or would, and what the policies say."""
    for text in report.warnings:
        console.print(f"[yellow]warning:[/yellow] {escape(text)}")
    for text in report.advice:
        console.print(f"[yellow]policy advice:[/yellow] {escape(text)}")
    for text in report.violations:
        errors.print(f"[red]policy:[/red] {escape(text)}")
    if not report.changed:
        if not report.failure:
            console.print("no changes")
        return
    counts = Counter(change.op for change in report.changes if change.real)
    told = (
        f"{n} to {op}" if planned else f"{n} {PAST.get(op, op)}" for op, n in sorted(counts.items())
    )
    console.print(", ".join(told) or "only groups and outputs changed")


def said(sentences: list[str]) -> None:
    """Print what was repaired before a run."""
    for sentence in sentences:
        console.print(f"repaired: {escape(sentence)}")
