"""Operations of KV that an account has really used today, as Cloudflare counts them (ID-2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from rich.table import Table

from ops.errors import OpsError

TIMEOUT_SECONDS = 30
OPERATIONS = ("read", "write", "delete", "list")
QUERY = """query($account: string!, $day: Date!) {
  viewer { accounts(filter: {accountTag: $account}) {
    kvOperationsAdaptiveGroups(filter: {date: $day}, limit: 1000) {
      sum { requests }
      dimensions { actionType }
    }
  } }
}"""
"""Source: developers.cloudflare.com/kv/observability/metrics-analytics, read 2026-11-29."""


@dataclass(frozen=True)
class Row:
    """One operation: how often it was used today, is expected, and may be; `None`: as often."""

    operation: str
    used: int
    expected: int
    allowed: int | None

    @property
    def is_over(self) -> bool:
        """Whether it was used more often than it may be."""
        return self.allowed is not None and self.used > self.allowed


def used_today(
    api: str, account: str, token: str, transport: httpx.BaseTransport | None = None
) -> dict[str, int]:
    """Return the operations of *account* since midnight UTC, each kind of `OPERATIONS`.

    Raises `OpsError` when *api* does not say it.
    """
    day = datetime.now(UTC).date().isoformat()
    body = {"query": QUERY, "variables": {"account": account, "day": day}}
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(transport=transport, timeout=TIMEOUT_SECONDS) as client:
        try:
            answer = client.post(f"{api}/graphql", json=body, headers=headers).json()
        except (httpx.HTTPError, ValueError) as error:
            raise OpsError(f"{api}/graphql did not answer: {type(error).__name__}") from None
    counted = dict.fromkeys(OPERATIONS, 0)
    for operation, requests in _groups(answer, api):
        counted[operation] = counted.get(operation, 0) + requests
    return counted


def table(rows: list[Row]) -> Table:
    """Lay the rows out: what was used today, is expected a day, and allowed."""
    shown = Table("KV", box=None, pad_edge=False)
    for head in ("used today", "expected a day", "allowed a day"):
        shown.add_column(head, justify="right")
    for row in rows:
        used = f"[red]{row.used:,}[/red]" if row.is_over else f"{row.used:,}"
        allowed = "no limit" if row.allowed is None else f"{row.allowed:,}"
        shown.add_row(f"{row.operation}s", used, f"{row.expected:,}", allowed)
    return shown


def _groups(answer: object, api: str) -> Iterator[tuple[str, int]]:
    """Yield each kind of operation with how often it was used."""
    if isinstance(answer, Mapping) and answer.get("errors"):
        told = "; ".join(str(each.get("message")) for each in answer["errors"])
        raise OpsError(f"{api}/graphql refuses: {told}; the token needs Account Analytics: Read")
    try:
        (account,) = answer["data"]["viewer"]["accounts"]  # type: ignore[index]
        for group in account["kvOperationsAdaptiveGroups"]:
            yield str(group["dimensions"]["actionType"]), int(group["sum"]["requests"])
    except (KeyError, TypeError, ValueError):
        raise OpsError(
            f"{api}/graphql says nothing of the account; the token needs Account Analytics: Read"
        ) from None
