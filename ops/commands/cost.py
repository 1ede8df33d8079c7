"""`cost`: what a month of a stack costs, by what its systems expect to use (CC-14)."""

from collections.abc import Iterator, Mapping
from dataclasses import astuple
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from config.rules import budgets, demand
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import effective_config
from ops.stack.ephemeral import example
from ops.stack.systems import systems_of
from ops.stack.target import Target, read_target
from ops.terminal import console
from planning import cost as planner
from planning.cost_per_call import PerCall, per_call
from planning.prices import PRICES, Prices

NO_API = "http://127.0.0.1:1/client/v4"
"""Stands for an API that is not asked."""

Price = Annotated[
    list[str] | None,
    typer.Option("--price", metavar="NAME=DOLLARS", help="Another price; a wrong name lists them."),
]


def cost(stack: StackName, *, price: Price = None) -> None:
    """Estimate what a month of STACK costs; asks nobody and changes nothing."""
    prices = _prices(price or [])
    target = completed(read_target(Paths(), stack))
    config = effective_config.check(Paths(), target)
    settings = {name: block.settings for name, block in config.blocks.items()}
    asked = demand.total(systems_of(target), settings, config.deployment)
    found = planner.estimate(asked, demand.plan_of(config.deployment), prices)
    console.out.print(_table(planner.rows(found)))
    for each in budgets.spending(config.deployment, asked, prices):
        mark = "[yellow]budget:[/yellow]" if each.is_told else "budget:"
        console.out.print(f"{mark} {escape(str(each))}")
    for title, call in _calls(target, settings, prices):
        console.out.print(f"a call of {escape(title)}: {escape(str(call))}")
    console.out.print(f"prices in US dollars, read on {found.prices.read_on}; see --price")


def _calls(
    target: Target, settings: Mapping[str, Any], prices: Prices
) -> Iterator[tuple[str, PerCall]]:
    """Yield what a call costs of each system that counts any, with its title."""
    for system in systems_of(target):
        if system.calls is None:
            continue
        own = settings[system.name]
        if found := per_call(system.demand(own), system.calls(own), prices):
            yield system.title, found


def completed(target: Target) -> Target:
    """Return *target* with example values where only its owner has any: none of them is priced."""
    if target.local:
        return target
    return Target(target.name, target.environment, example(target, NO_API))


def _prices(given: list[str]) -> Prices:
    """Return the prices with those that were *given* as NAME=DOLLARS."""
    pairs = [each.partition("=") for each in given]
    for name, sign, _ in pairs:
        if not sign:
            raise OpsError(f"--price {name!r} is no NAME=DOLLARS; write r2.storage_gb_month=0.02")
    return PRICES.override({name: amount for name, _, amount in pairs})


def _table(rows: tuple[planner.Row, ...]) -> Table:
    shown = Table(box=None, pad_edge=False)
    shown.add_column("what")
    for head in ("quantity", "free", "billed", "price", "$ proportional", "$ rounded up"):
        # A number that is cut is another number: words give way.
        shown.add_column(head, justify="right", no_wrap=head in ("quantity", "free", "billed"))
    for row in rows:
        shown.add_row(*astuple(row))
    return shown
