"""What all systems of a stack use together, held against the plans that are paid for (FW-12)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from config.deployment import Deployment
from config.system_declaration import Declared, Finding
from planning.demand import DAYS, Demand, Need, Quantity, Total, total_demand
from planning.plans import Plan, check_plan

OF_THE_ACCOUNT = "account:"
"""How a subject begins that no single system has to answer for."""


def total(
    systems: Iterable[Declared], settings: Mapping[str, Any], deployment: Deployment
) -> Total:
    """Return what *systems* ask for by *settings*, the schedules of their workers included.

    What *deployment* asks for beside them stands under `chittyos`.
    """
    asked = {each.name: _demand(each, settings[each.name]) for each in systems}
    own = {"chittyos": _balanced(deployment)} if deployment.balancers else {}
    return total_demand({**asked, **own})


def _balanced(deployment: Deployment) -> Demand:
    """Return what load balancers ask for: the add-on, paid by the origin."""
    pools = [pool for balancer in deployment.balancers for pool in balancer.pools]
    return Demand(
        load_balancer_endpoints=sum(len(pool.origins) for pool in pools),
        needs=(Need("load_balancing", "chittyos:balancers"),),
    )


def plan_of(deployment: Deployment) -> Plan:
    """Return what is paid for: the account's plan and that of each zone."""
    zones = {zone.name: zone.plan for zone in deployment.zones}
    return Plan(deployment.plan, zones, frozenset(deployment.add_ons))


def check(deployment: Deployment, asked: Total) -> Iterator[Finding]:
    """Find what is beyond the plans and has nothing in its stead, and beyond the budget of KV."""
    yield from _budget(deployment, asked)
    for finding in check_plan(asked, plan_of(deployment)):
        if finding.refused:
            own = not finding.subject.startswith(OF_THE_ACCOUNT)
            yield finding.subject if own else "chittyos:plan", finding.text


def _budget(deployment: Deployment, asked: Total) -> Iterator[Finding]:
    """Find what is expected of KV and D1 beyond what the account is to use a day (ID-2, PA-16)."""
    for name, allowed in deployment.kv_budget:
        yield from _over(f"kv_budget.{name}", asked, f"kv_{name}", allowed)
    for name, allowed in deployment.d1_budget:
        measure = f"d1_{name.removesuffix('_day')}_month"
        yield from _over(f"d1_budget.{name}", asked, measure, allowed, days=DAYS)


def _over(
    path: str, asked: Total, measure: str, allowed: int | None, days: int = 1
) -> Iterator[Finding]:
    """Find that more than *allowed* a day is asked for; *measure* counts so many *days*."""
    if allowed is None or asked.sum(measure) <= allowed * days:
        return
    shares = asked.shares(measure).items()
    who = ", ".join(f"{each} {_a_day(much, days):,}" for each, much in shares)
    text = f"{_a_day(asked.sum(measure), days):,} are expected and {allowed:,} allowed ({who})"
    yield f"chittyos:{path}", f"{text}; expect less, or allow more"


def _a_day(much: Quantity, days: int) -> int:
    """Return how much that is a day, rounded up."""
    return -int(-much // days)


def _demand(system: Declared, settings: Any) -> Demand:
    expected = system.demand(settings)
    crons = tuple(cron for use in system.workers(settings) for cron in use.worker.crons)
    return replace(expected, crons=expected.crons + crons)
