"""A year of usage of several accounts: imported, flushed, reported, every cent held to decimals."""

import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

import httpx

from harness.figure import Figure

RECORDS = 1_000_000
ACCOUNTS = 4
AN_IMPORT = 1_000
FLUSH_EVERY = 50
"""Imports of an account after which they are handed over to D1."""

READS = 50
DAYS = 365
SEED = 20261129
NANO = Decimal(10) ** 9
MULTIPLIERS = {"local": Decimal("1.0"), "cloud": Decimal("1.03"), "knowledge": Decimal("1.30")}
STEP = Decimal("0.001")
MODELS = (("anthropic", "claude-3-5-sonnet"), ("openai", "gpt-4-turbo"), ("local", "own"))
FIELDS = ("requests", "input_tokens", "output_tokens", "cost_nano", "charged_nano")
MS = 1_000

Sums = dict[tuple[str, ...], list[int]]


def figures(client: httpx.Client, records: int = RECORDS) -> Iterator[Figure]:
    """Import a year into empty ledgers that *client* reaches; measure it, and reports of it."""
    expected: dict[str, Sums] = {}
    begun = time.perf_counter()
    for number in range(ACCOUNTS):
        account = f"year-{number}"
        expected[account] = _imported(client, account, records // ACCOUNTS)
    rate = records / (time.perf_counter() - begun)
    how = f"{records:,} of a year, {ACCOUNTS} accounts, {AN_IMPORT:,} at a time, all in D1"
    yield Figure("import of a year", rate, "records/s", how, 1_000, "higher")
    took = [_report(client, account, sums) for account, sums in expected.items()]
    how = f"by day and by model, {records // ACCOUNTS:,} records in it, median of {READS}"
    yield Figure("report of a year", statistics.median(took) * MS, "ms", how, 50)


def _imported(client: httpx.Client, account: str, records: int) -> Sums:
    """Import *records* of one account; return what they come to, by day and by model."""
    chance = random.Random(f"{SEED}{account}")  # noqa: S311 - records, no secrets
    sums: Sums = defaultdict(lambda: [0] * len(FIELDS))
    for index, start in enumerate(range(0, records, AN_IMPORT)):
        entries = [_entry(chance, start + each) for each in range(AN_IMPORT)]
        body = {"account_id": account, "records": entries}
        answer = client.post("/import", json=body).raise_for_status().json()
        charged = sum(_count(sums, each) for each in entries)
        if (answer["recorded"], answer["charged_nano"]) != (AN_IMPORT, str(charged)):
            raise SystemExit(f"{account}: {answer}; {charged} were expected")
        if index % FLUSH_EVERY == FLUSH_EVERY - 1 or start + AN_IMPORT >= records:
            client.post("/flush", json={"account_id": account}).raise_for_status()
            sys.stderr.write(f"{account}: {start + AN_IMPORT:,} of {records:,} records\n")
    return dict(sums)


def _entry(chance: random.Random, number: int) -> dict[str, Any]:
    provider, model = chance.choice(MODELS)
    day = _today() - timedelta(days=1 + chance.randrange(DAYS))
    return {
        "request_id": f"r-{number}",
        "provider": provider,
        "model": model,
        "input_tokens": chance.randrange(10_000),
        "output_tokens": chance.randrange(4_000),
        "cost_nano": str(chance.randrange(10**9)),
        "multiplier_tier": chance.choice(tuple(MULTIPLIERS)),
        "at": f"{day}T{chance.randrange(24):02}:30:00Z",
    }


def _count(sums: Sums, entry: Mapping[str, Any]) -> int:
    """Add *entry* to its day and its model; return what it is charged, in exact decimals."""
    cost = int(entry["cost_nano"])
    exact = Decimal(cost) / NANO * MULTIPLIERS[entry["multiplier_tier"]]
    charged = int((exact / STEP).to_integral_value(ROUND_CEILING) * STEP * NANO)
    parts = (1, entry["input_tokens"], entry["output_tokens"], cost, charged)
    for key in (
        (entry["at"][:10],),
        (entry["provider"], entry["model"], entry["multiplier_tier"]),
    ):
        sums[key] = [one + other for one, other in zip(sums[key], parts, strict=True)]
    return charged


def _report(client: httpx.Client, account: str, expected: Sums) -> float:
    """Read the year *READS* times; return the median in seconds. SystemExit where a sum differs."""
    today = _today()
    period = {"account_id": account, "from": str(today - timedelta(days=DAYS)), "to": str(today)}
    took = []
    for _ in range(READS):
        begun = time.perf_counter()
        told = client.get("/usage", params=period).raise_for_status().json()
        took.append(time.perf_counter() - begun)
    found = {(each["day"],): _sums(each) for each in told["by_day"]}
    names = ("provider", "model", "multiplier_tier")
    found |= {tuple(each[name] for name in names): _sums(each) for each in told["by_model"]}
    if found != expected:
        raise SystemExit(f"{account}: the report differs from what was imported")
    return statistics.median(took)


def _sums(told: Mapping[str, Any]) -> Sequence[int]:
    return [int(told[name]) for name in FIELDS]


def _today() -> date:
    return datetime.now(UTC).date()
