"""Checks of what is used: KV today, Durable Objects and R2 of a week, room, and what it costs."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from config.rules import budgets, demand
from ops.health import account_usage, object_usage
from ops.health.object_usage import Metered
from ops.monitoring.deployed_stack import Watched
from ops.preflight import quotas
from ops.preflight.verdicts import State, Verdict
from planning import cost
from planning.account_quotas import QUOTAS
from planning.cost import Reading
from planning.demand import DAYS
from planning.prices import PRICES

STORES, OBJECTS, R2, ROOM, COST = "KV and D1", "Durable Objects", "R2", "quotas", "cost"
NOT_COUNTED = "the local Cloudflare counts no usage"
WEEK = 7
NEAR = 0.8
"""Share of a limit from which on it is warned of."""


def used(of: Watched) -> Iterator[Verdict]:
    """Hold use of KV and D1 today and yesterday against budget and plan (ID-2, PA-16).

    A check in the morning sees a quarter of its day: of the day before it says what was too much.
    """
    if of.target.local:
        yield Verdict(STORES, State.NOT_RUN, NOT_COUNTED)
        return
    account = (of.target.api, of.target.account, of.token)
    before = account_usage.used_on(of.now.date() - timedelta(days=1), *account)
    show = f"python -m ops usage {of.target.name}"
    for row in account_usage.rows(of.config, of.asked, before):
        if row.is_over:
            said = f"{row.used:,} {row.what} yesterday, of {row.allowed:,}"
            yield Verdict(STORES, State.WARNING, said, show)
    yield from _today(of, account_usage.used_on(of.now.date(), *account), show)


def _today(of: Watched, used: Mapping[str, int], show: str) -> Iterator[Verdict]:
    for row in account_usage.rows(of.config, of.asked, used):
        most = row.allowed
        said = f"{row.used:,} {row.what} today, of {'any' if most is None else f'{most:,}'}"
        state = State.GOOD
        if row.is_over:
            state = State.FAULT
        elif most is not None and row.used >= NEAR * most:
            state = State.WARNING
        yield Verdict(STORES, state, said, "" if state is State.GOOD else show)


def metered(of: Watched) -> Iterator[Verdict]:
    """Hold what Durable Objects and R2 used in a week against what is expected (CC-15)."""
    if of.target.local:
        yield from (Verdict(each, State.NOT_RUN, NOT_COUNTED) for each in (OBJECTS, R2))
        return
    begin = of.now - timedelta(days=WEEK)
    target = of.target
    found = object_usage.metered(target.api, target.account, of.token, begin, of.now)
    for subject, what, used, measure in _measured(found):
        week = not measure.endswith("_bytes")
        expected = Decimal(of.asked.sum(measure)) * (Decimal(WEEK) / DAYS if week else 1)
        yield _held(subject, what, Decimal(used), expected)
    errors = Verdict(OBJECTS, State.GOOD, "no request failed")
    if found.do_errors:
        said = f"{found.do_errors:,} of {found.do_requests:,} requests failed in a week"
        errors = Verdict(OBJECTS, State.WARNING, said, f"python -m ops errors {target.name}")
    yield errors


def _measured(found: Metered) -> Iterator[tuple[str, str, float, str]]:
    """Yield what was used: of what, in words, how much, and the name of what is expected of it."""
    yield OBJECTS, "requests in a week", found.do_requests, "do_requests_month"
    yield OBJECTS, "GB-s in a week", found.do_gb_seconds, "do_gb_seconds_month"
    yield OBJECTS, "rows read in a week", found.do_rows_read, "do_rows_read_month"
    yield OBJECTS, "rows written in a week", found.do_rows_written, "do_rows_written_month"
    yield OBJECTS, "bytes kept", found.do_stored_bytes, "do_stored_bytes"
    yield R2, "operations of class A in a week", found.r2_class_a, "r2_class_a_month"
    yield R2, "operations of class B in a week", found.r2_class_b, "r2_class_b_month"
    yield R2, "bytes kept", found.r2_stored_bytes, "r2_stored_bytes"


def _held(subject: str, what: str, used: Decimal, expected: Decimal) -> Verdict:
    said = f"{used:,.0f} {what}, expected are {expected:,.0f}"
    if used > expected:
        remedy = "see what it costs: expect more in the settings, then python -m ops cost"
        return Verdict(subject, State.WARNING, said, remedy)
    return Verdict(subject, State.GOOD, said)


def room(of: Watched) -> Iterator[Verdict]:
    """Say of what the account may have only so many of whether there is room left (FW-12)."""
    plan = of.config.deployment.plan
    with of.api() as asked:
        for quota in QUOTAS:
            there = quotas.count(asked, f"/accounts/{of.target.account}{quota.path}")
            if there is None:
                said = f"how many {quota.what} there are is not shown to the token"
                yield Verdict(ROOM, State.UNKNOWN, said)
                continue
            most = quota.most[plan]
            state = State.WARNING if there >= NEAR * most else State.GOOD
            said = f"{quota.what}: {there:,} of {most:,}"
            remedy = "delete some, or ask Cloudflare for more" if state is State.WARNING else ""
            yield Verdict(ROOM, state, said, remedy)


def spending(of: Watched) -> Iterator[Verdict]:
    """Hold what a month is expected to cost against the budgets (PA-16, CC-14)."""
    found = cost.estimate(of.asked, demand.plan_of(of.config.deployment), PRICES)
    low, high = (found.month(each) for each in (Reading.PROPORTIONAL, Reading.ROUNDED_UP))
    year = found.year(Reading.ROUNDED_UP)
    said = f"${low:,.2f} to ${high:,.2f} a month are expected, ${year:,.2f} a year at most"
    yield Verdict(COST, State.GOOD, said)
    for each in budgets.spending(of.config.deployment, of.asked):
        if each.is_told:
            state = State.FAULT if each.is_over else State.WARNING
            yield Verdict(COST, state, str(each), f"python -m ops cost {of.target.name}")
