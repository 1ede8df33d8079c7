"""What the systems of a stack have to reach, as far as datasets and the forecast say it (PA-17)."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from config import PlatformConfig
from config.rules import demand
from ops.health.datasets import Reading
from planning import cost
from planning.cost import Reading as OfCosts
from planning.figures import Figure, Goal
from planning.prices import PRICES, Prices
from systems.system import AnySystem

GB_A_TERABYTE = 1000

OF_A_CALL = Goal("<", Decimal("0.001"))
OF_A_TERABYTE = Goal("<", Decimal(50))


def figures(systems: Iterable[AnySystem], config: PlatformConfig) -> list[Figure]:
    """Return what *systems* read of themselves, by their settings."""
    return [figure for each in systems for figure in each.kpis(config.blocks[each.name].settings)]


def forecast(
    systems: Iterable[AnySystem], config: PlatformConfig, prices: Prices = PRICES
) -> Iterator[Reading]:
    """Yield what a call and what lies in R2 cost, by what *systems* expect to use."""
    settings = {name: block.settings for name, block in config.blocks.items()}
    asked = demand.total(systems, settings, config.deployment)
    month = cost.estimate(asked, demand.plan_of(config.deployment), prices)
    calls = Decimal(asked.sum("worker_requests_month"))
    if calls:
        dollars = month.month(OfCosts.ROUNDED_UP) / calls
        yield _priced("cost of a call, forecast", dollars, OF_A_CALL, "$")
    if asked.sum("r2_stored_bytes"):
        dollars = prices.named("r2.storage_gb_month").amount * GB_A_TERABYTE
        yield _priced("storage in R2, by its price", dollars, OF_A_TERABYTE, "$ a TB-month")


def _priced(title: str, dollars: Decimal, goal: Goal, unit: str) -> Reading:
    figure = Figure(title=title, dataset="", value="", goal=goal, unit=unit)
    return Reading(figure, (("", dollars),))
