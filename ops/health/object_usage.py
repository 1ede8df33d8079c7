"""What an account has used of Durable Objects and R2, as Cloudflare counts it (CC-15)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from ops.health.account_usage import INSTANT, account_of, asked, silent

QUERY = """query($account: string!, $begin: Time!, $end: Time!, $first: Date!, $last: Date!) {
  viewer { accounts(filter: {accountTag: $account}) {
    durableObjectsInvocationsAdaptiveGroups(
      limit: 10000, filter: {datetime_geq: $begin, datetime_leq: $end}
    ) { sum { requests errors } }
    durableObjectsPeriodicGroups(limit: 10000, filter: {date_geq: $first, date_leq: $last}) {
      sum { duration rowsRead rowsWritten }
    }
    durableObjectsSqlStorageGroups(limit: 10000, filter: {date_geq: $first, date_leq: $last}) {
      max { storedBytes } dimensions { namespaceId }
    }
    r2OperationsAdaptiveGroups(
      limit: 10000, filter: {datetime_geq: $begin, datetime_leq: $end}
    ) { sum { requests } dimensions { actionType } }
    r2StorageAdaptiveGroups(
      limit: 10000, filter: {datetime_geq: $begin, datetime_leq: $end}
    ) { max { payloadSize metadataSize } dimensions { bucketName } }
  } }
}"""
"""Source: developers.cloudflare.com/durable-objects/observability/metrics-and-analytics and
r2/platform/metrics-analytics, read 2026-11-30."""

FREE = frozenset({"DeleteObject", "DeleteBucket", "AbortMultipartUpload"})
CLASS_B = ("Head", "Get", "UsageSummary")
"""How operations of R2 begin that only read; what is neither free nor one of them is class A."""


@dataclass(frozen=True)
class Metered:
    """What was used between two moments."""

    do_requests: int
    do_errors: int
    do_gb_seconds: float
    do_rows_read: int
    do_rows_written: int
    do_stored_bytes: int
    r2_class_a: int
    r2_class_b: int
    r2_stored_bytes: int


def metered(  # noqa: PLR0913, PLR0917 - an account, how it is asked, and two moments
    api: str,
    account: str,
    token: str,
    begin: datetime,
    end: datetime,
    transport: httpx.BaseTransport | None = None,
) -> Metered:
    """Return what *account* has used from *begin* to *end*, a month apart at most.

    Raises `OpsError` when *api* does not say it.
    """
    variables = {
        "account": account,
        "begin": begin.strftime(INSTANT),
        "end": end.strftime(INSTANT),
        "first": begin.date().isoformat(),
        "last": end.date().isoformat(),
    }
    found = account_of(asked(api, token, QUERY, variables, transport), api)
    try:
        return _read(found)
    except (KeyError, TypeError, ValueError):
        raise silent(api) from None


def _read(found: Mapping[str, Any]) -> Metered:
    invoked = [each["sum"] for each in found["durableObjectsInvocationsAdaptiveGroups"]]
    lasted = [each["sum"] for each in found["durableObjectsPeriodicGroups"]]
    kept = _largest(found["durableObjectsSqlStorageGroups"], "namespaceId", ("storedBytes",))
    operations = _operations(found["r2OperationsAdaptiveGroups"])
    sizes = ("payloadSize", "metadataSize")
    buckets = found["r2StorageAdaptiveGroups"]
    return Metered(
        do_requests=sum(int(each["requests"]) for each in invoked),
        do_errors=sum(int(each["errors"]) for each in invoked),
        do_gb_seconds=sum(float(each["duration"]) for each in lasted),
        do_rows_read=sum(int(each["rowsRead"]) for each in lasted),
        do_rows_written=sum(int(each["rowsWritten"]) for each in lasted),
        do_stored_bytes=kept,
        r2_class_a=operations["A"],
        r2_class_b=operations["B"],
        r2_stored_bytes=_largest(buckets, "bucketName", sizes),
    )


def _operations(groups: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Sum the operations of each class; those that are free are in none."""
    found = {"A": 0, "B": 0}
    for each in groups:
        action = str(each["dimensions"]["actionType"])
        if action not in FREE:
            found["B" if action.startswith(CLASS_B) else "A"] += int(each["sum"]["requests"])
    return found


def _largest(groups: Iterable[Mapping[str, Any]], name: str, fields: Iterable[str]) -> int:
    """Sum what each thing had at most: *fields* together, by the dimension *name*."""
    found: dict[str, int] = {}
    for each in groups:
        thing, size = str(each["dimensions"][name]), sum(int(each["max"][f]) for f in fields)
        found[thing] = max(found.get(thing, 0), size)
    return sum(found.values())
