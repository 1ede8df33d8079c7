"""What an account has really used today and this month, as Cloudflare counts it (ID-2, PA-16)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
from rich.table import Table

from config import PlatformConfig
from ops.cloudflare_api.client import Client
from ops.errors import OpsError
from planning.demand import DAYS, Total
from planning.plans import LIMITS

OPERATIONS = ("read", "write", "delete", "list")
QUERY = """query($account: string!, $day: Date!) {
  viewer { accounts(filter: {accountTag: $account}) {
    kvOperationsAdaptiveGroups(filter: {date: $day}, limit: 1000) {
      sum { requests }
      dimensions { actionType }
    }
    d1AnalyticsAdaptiveGroups(filter: {date: $day}, limit: 10000) {
      sum { rowsRead rowsWritten }
    }
  } }
}"""
"""Source: developers.cloudflare.com/kv/observability/metrics-analytics, read 2026-11-29, and
d1/observability/metrics-analytics, read 2026-11-30."""

KV, WORKERS = "kvOperationsAdaptiveGroups", "workersInvocationsAdaptive"
D1 = "d1AnalyticsAdaptiveGroups"
ROWS = {"rows_read": "rowsRead", "rows_written": "rowsWritten"}
"""What is counted of D1, by the names of the budget and of the API."""

INSTANT = "%Y-%m-%dT%H:%M:%SZ"
MONTH = """query($account: string!, $first: string!, $now: string!, $firstDay: Date!, $day: Date!) {
  viewer { accounts(filter: {accountTag: $account}) {
    workersInvocationsAdaptive(limit: 10000, filter: {datetime_geq: $first, datetime_leq: $now}) {
      sum { requests }
    }
    kvOperationsAdaptiveGroups(limit: 10000, filter: {date_geq: $firstDay, date_leq: $day}) {
      sum { requests }
    }
  } }
}"""
"""Source: developers.cloudflare.com/analytics/graphql-api/tutorials/querying-workers-metrics."""


@dataclass(frozen=True)
class Row:
    """One measure: how much of it was used today, is expected, and may be; `None`: as much."""

    what: str
    used: int
    expected: int
    allowed: int | None

    @property
    def is_over(self) -> bool:
        """Whether more was used than may be."""
        return self.allowed is not None and self.used > self.allowed


@dataclass(frozen=True)
class OfTheMonth:
    """What an account has used since the first of the month, beside where that is told (PA-16)."""

    what: str
    used: int
    expected: int
    told_from: int

    @property
    def is_told(self) -> bool:
        """Whether it is so much that it has to be told."""
        return self.used >= self.told_from


def used_today(
    api: str, account: str, token: str, transport: httpx.BaseTransport | None = None
) -> dict[str, int]:
    """Return what *account* has used since midnight UTC, as `used_on` does."""
    return used_on(datetime.now(UTC).date(), api, account, token, transport)


def used_on(
    day: date, api: str, account: str, token: str, transport: httpx.BaseTransport | None = None
) -> dict[str, int]:
    """Return what *account* used on a *day* of UTC: each of `OPERATIONS`, and of `ROWS`.

    Raises `OpsError` when *api* does not say it.
    """
    variables = {"account": account, "day": day.isoformat()}
    answer = asked(api, token, QUERY, variables, transport)
    counted = dict.fromkeys(OPERATIONS, 0)
    for operation, requests in _groups(answer, api):
        counted[operation] = counted.get(operation, 0) + requests
    found = account_of(answer, api)
    return counted | {name: _sum(found, D1, api, field) for name, field in ROWS.items()}


def used_this_month(
    api: str, account: str, token: str, transport: httpx.BaseTransport | None = None
) -> tuple[int, int]:
    """Return requests to workers and operations of KV of *account* since the first of the month.

    Raises `OpsError` when *api* does not say it.
    """
    now = datetime.now(UTC)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    variables = {
        "account": account,
        "first": first.strftime(INSTANT),
        "now": now.strftime(INSTANT),
        "firstDay": first.date().isoformat(),
        "day": now.date().isoformat(),
    }
    found = account_of(asked(api, token, MONTH, variables, transport), api)
    requests, operations = (_sum(found, name, api) for name in (WORKERS, KV))
    return requests, operations


def asked(
    api: str,
    token: str,
    query: str,
    variables: Mapping[str, str],
    transport: httpx.BaseTransport | None,
) -> object:
    """Return what the GraphQL API answers. Raises `OpsError` when none comes."""
    body = {"query": query, "variables": dict(variables)}
    with Client(api, token, transport=transport) as client:
        answer: object = client.json_of(client.request("POST", "/graphql", json=body))
    return answer


def rows(config: PlatformConfig, asked: Total, used: Mapping[str, int]) -> Iterator[Row]:
    """Yield a row for each measure: what all systems of the stack expect, and what may be."""
    limits = LIMITS[config.deployment.plan].quantities
    kv, d1 = config.deployment.kv_budget, config.deployment.d1_budget
    for operation in OPERATIONS:
        name = f"{operation}s_day"
        allowed = _least(getattr(kv, name), limits.get(f"kv_{name}"))
        yield Row(f"{operation}s", used[operation], int(asked.sum(f"kv_{name}")), allowed)
    for name in ROWS:
        measure = f"d1_{name}_month"  # what Workers Free has of it counts for a day
        allowed = _least(getattr(d1, f"{name}_day"), limits.get(measure))
        expected = int(asked.sum(measure) // DAYS)
        yield Row(f"D1 {name.replace('_', ' ')}", used[name], expected, allowed)


def _least(*given: int | Decimal | None) -> int | None:
    return min((int(each) for each in given if each is not None), default=None)


def table(rows: list[Row]) -> Table:
    """Lay the rows out: what was used today, is expected a day, and allowed."""
    shown = Table("KV and D1", box=None, pad_edge=False)
    for head in ("used today", "expected a day", "allowed a day"):
        shown.add_column(head, justify="right")
    for row in rows:
        used = f"[red]{row.used:,}[/red]" if row.is_over else f"{row.used:,}"
        allowed = "no limit" if row.allowed is None else f"{row.allowed:,}"
        shown.add_row(row.what, used, f"{row.expected:,}", allowed)
    return shown


def month_table(rows: Iterable[OfTheMonth]) -> Table:
    """Lay the rows out: what was used this month, is expected of one, and is told."""
    shown = Table("this month", box=None, pad_edge=False)
    for head in ("used", "expected", "told from"):
        shown.add_column(head, justify="right")
    for row in rows:
        used = f"[yellow]{row.used:,}[/yellow]" if row.is_told else f"{row.used:,}"
        shown.add_row(row.what, used, f"{row.expected:,}", f"{row.told_from:,}")
    return shown


def _groups(answer: object, api: str) -> Iterator[tuple[str, int]]:
    """Yield each kind of operation with how often it was used."""
    account = account_of(answer, api)
    try:
        for group in account[KV]:
            yield str(group["dimensions"]["actionType"]), int(group["sum"]["requests"])
    except (KeyError, TypeError, ValueError):
        raise silent(api) from None


def _sum(account: Mapping[str, Any], name: str, api: str, field: str = "requests") -> int:
    try:
        return sum(int(group["sum"][field]) for group in account[name])
    except (KeyError, TypeError, ValueError):
        raise silent(api) from None


def account_of(answer: object, api: str) -> Mapping[str, Any]:
    """Return what *answer* says of the one account that was asked for."""
    if isinstance(answer, Mapping) and answer.get("errors"):
        told = "; ".join(str(each.get("message")) for each in answer["errors"])
        raise OpsError(f"{api}/graphql refuses: {told}; the token needs Account Analytics: Read")
    try:
        (account,) = answer["data"]["viewer"]["accounts"]  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        raise silent(api) from None
    found: Mapping[str, Any] = account
    return found


def silent(api: str) -> OpsError:
    """Make the error for an answer that has not what was asked for."""
    return OpsError(
        f"{api}/graphql says nothing of the account; the token needs Account Analytics: Read"
    )
