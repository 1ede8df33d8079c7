"""A plan on the terminal: what is lost and what is exposed first, and what differs."""

from rich.markup import escape

from ops.preview.external_changes import Found
from ops.preview.plan import Plan
from ops.preview.review_items import Item
from ops.preview.severity import Rank
from ops.terminal import console

HEADINGS = {
    Rank.LOSS: "[red]data is lost[/red]",
    Rank.EXPOSURE: "[red]who gets in changes[/red]",
    Rank.ONCE: "[yellow]happens once[/yellow]",
    Rank.INTERRUPTION: "[yellow]is interrupted[/yellow]",
    Rank.REST: "the rest",
}
FIELD_LIMIT = 20
"""Inputs of a resource that are shown; the JSON of the plan has all of them."""


def show(plan: Plan, *, brief: bool = False) -> None:
    """Print *plan* by rank, with what differs: a resource stands at each rank of which it is.

    *brief* leaves out what is neither lost, exposed nor interrupted, and the inputs of the rest.
    """
    for rank, heading in HEADINGS.items():
        items = plan.of(rank)
        if items and not (brief and rank is Rank.REST):
            console.out.print(f"{heading}:")
            for item in items:
                _show(item, rank, brief=brief)


def outside(found: list[Found]) -> None:
    """Print what was changed or deleted by others than the stack."""
    for each in found:
        console.out.print(f"[yellow]{each.what} outside:[/yellow] {escape(str(each))}")
        _differences(each.differences)


def digest(plan: Plan) -> None:
    """Print the hash by which *plan* is accepted."""
    console.out.print(f"plan {plan.digest}")


def _show(item: Item, rank: Rank, *, brief: bool) -> None:
    protected = " (protected)" if item.protected and item.op != "create" else ""
    console.out.print(f"  {escape(item.line(rank))}{protected}")
    if not brief and rank is item.rank:  # once is enough
        _differences(item.differences)


def _differences(differences: tuple[object, ...]) -> None:
    for each in differences[:FIELD_LIMIT]:
        console.out.print(f"      {escape(str(each))}")
    more = len(differences) - FIELD_LIMIT
    if more > 0:
        console.out.print(f"      and {more} more")
