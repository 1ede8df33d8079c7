"""What a run of the engine prints: its steps while it goes, then what changed and what is wrong."""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from rich.markup import escape

from ops.engine.report import PAST, Report
from ops.preview import terminal_display
from ops.preview.external_changes import found_outside, told
from ops.preview.policy_advice import grouped
from ops.preview.preview_document import document_of
from ops.preview.review_items import items_of
from ops.preview.review_items import told as count
from ops.terminal import console

WAIVERS = "docs/policies.md#deciding-something-and-waiving-something"


@contextmanager
def following(title: str, *, quiet: bool = False) -> Iterator[Report]:
    """Gather a run, and show each step of it as it goes; *quiet* leaves no line behind."""
    with console.out.status(title) as status:
        report = Report(on_step=lambda step: status.update(f"{title}: {escape(step)}"))
        if not quiet:
            report.on_done = lambda step: console.out.print(f"  {escape(step)}")
        yield report


def summary(report: Report, *, planned: bool, known: Collection[str] = ()) -> None:
    """Print what changed, or would, and what the policies say.

    *known*: advice that was shown before; of it only the number is said.
    """
    for text in report.warnings:
        console.out.print(f"[yellow]warning:[/yellow] {escape(text)}")
    _advise(report, known)
    for text in report.violations:
        console.errors.print(f"[red]policy:[/red] {escape(text)}")
    if counts := _counts(report, planned=planned):
        console.out.print(counts)
    elif report.changed:
        console.out.print("only components and outputs change")
    elif not report.failure:
        console.out.print("no changes")


def refreshed(report: Report) -> None:
    """Print what a refresh found that others than the stack have changed."""
    found = found_outside(report)
    terminal_display.outside(found)
    console.out.print(told(found) or "no changes")


def _advise(report: Report, known: Collection[str]) -> None:
    new = [text for text in report.advice if text not in known]
    for text in grouped(new):
        console.out.print(f"[yellow]policy advice:[/yellow] {escape(text)}")
    if new:
        console.out.print(f"what is advised can be waived, with a reason: {WAIVERS}")
    if before := len(report.advice) - len(new):
        console.out.print(f"policy advice: {before} as before; a preview shows it again")


def _counts(report: Report, *, planned: bool) -> str:
    """Count each resource once, whatever the engine called the parts of its change."""
    items = items_of(document_of(report))
    if planned:
        return count(items)
    done = Counter(item.op for item in items)
    return ", ".join(f"{n} {PAST.get(op, op)}" for op, n in sorted(done.items()))
