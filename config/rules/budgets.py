"""What a stack is expected to cost and use, held against its budgets (PA-16)."""

from collections.abc import Iterator
from decimal import Decimal

from config.deployment import Deployment
from config.rules.demand import plan_of
from config.system_declaration import Finding
from planning import budgets
from planning.cost import estimate
from planning.demand import Total
from planning.prices import PRICES, Prices

PATH = "chittyos:budgets"


def check(deployment: Deployment, asked: Total) -> Iterator[Finding]:
    """Find a budget that the forecast is above."""
    for each in spending(deployment, asked):
        if each.is_over:
            yield f"{PATH}.{each.budget.what}", f"{each}; expect less, or allow more"


def told(deployment: Deployment, asked: Total) -> Iterator[str]:
    """Say what the forecast is near to, of budgets and of thresholds of use."""
    for each in spending(deployment, asked):
        if each.is_told:
            share = f"{each.budget.tell_at * 100:.0f} %"
            yield f"{PATH}.{each.budget.what}: {each}; it is told from {share} of it on"
    given = deployment.budgets
    for name, what, used, threshold in (
        ("worker_requests", "requests", budgets.requests(asked), given.worker_requests),
        ("kv_operations", "operations of KV", budgets.kv_operations(asked), given.kv_operations),
    ):
        if threshold is not None and used >= threshold:
            yield f"{PATH}.{name}: {used:,} {what} a month are expected; told from {threshold:,} on"


def spending(
    deployment: Deployment, asked: Total, prices: Prices = PRICES
) -> Iterator[budgets.Spent]:
    """Yield what is expected to be spent of each budget that there is."""
    given = {what: getattr(deployment.budgets, what) for what in budgets.BUDGETS}
    if not any(given.values()):
        return
    expected = estimate(asked, plan_of(deployment), prices)
    for what, each in given.items():
        if each is not None:
            budget = budgets.Spending(what, Decimal(each.dollars), each.tell_at)
            yield budgets.spent(budget, expected)
