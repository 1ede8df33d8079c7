"""A plan on the terminal: what is lost and what is exposed first."""

from rich.markup import escape

from ops.preview.plan import Item, Plan
from ops.preview.ranking import Rank
from ops.terminal import console

HEADINGS = {
    Rank.LOSS: "[red]data is lost[/red]",
    Rank.EXPOSURE: "[red]who gets in changes[/red]",
    Rank.ONCE: "[yellow]happens once[/yellow]",
    Rank.INTERRUPTION: "[yellow]is interrupted[/yellow]",
    Rank.REST: "the rest",
}


def show(plan: Plan, *, brief: bool = False) -> None:
    """Print *plan* by rank; *brief* leaves out what is neither lost, exposed nor interrupted."""
    for rank, heading in HEADINGS.items():
        items = plan.of(rank)
        if items and not (brief and rank is Rank.REST):
            console.out.print(f"{heading}:")
            for item in items:
                console.out.print(f"  {_line(item)}")


def digest(plan: Plan) -> None:
    """Print the hash by which *plan* is accepted."""
    console.out.print(f"plan {plan.digest}")


def _line(item: Item) -> str:
    return escape(str(item))
