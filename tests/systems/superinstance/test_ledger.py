"""Not a cent lost and none counted twice, on the real runtime: many at once, a year, exact sums."""

import random
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal, localcontext
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.systems.superinstance.conftest import BillingStack, entry

pytestmark = pytest.mark.workerd

CLIENTS = 50
EACH = 4
SEED = 20261129
YEAR = 4_000
AN_IMPORT = 1_000
MULTIPLIERS = {"local": Decimal("1.0"), "cloud": Decimal("1.03"), "knowledge": Decimal("1.30")}
STEP = Decimal("0.001")
NANO = Decimal(10) ** 9
MODELS = [("anthropic", "claude-3-5-sonnet"), ("openai", "gpt-4-turbo"), ("local", "own")]
_ACCOUNTS = count()


def charge(cost_nano: int, tier: str) -> int:
    """Charge as the requirement says it, in exact decimals: rounded up to $0.001 at the end."""
    with localcontext(prec=60):
        exact = Decimal(cost_nano) / NANO * MULTIPLIERS[tier]
        steps = (exact / STEP).to_integral_value(ROUND_CEILING)
        return int(steps * STEP * NANO)


def _at_once(ask: Callable[[int], httpx.Response], times: int) -> list[httpx.Response]:
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(ask, range(times)))


def _imported(billing: BillingStack, account: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    body = {"account_id": account, "records": records}
    answer = billing.ask("POST", "/import", json=body)
    assert answer.is_success, answer.text
    imported: dict[str, Any] = answer.json()
    return imported


RECORDS = some.lists(
    some.tuples(
        some.one_of(
            some.integers(0, 10**15 - 1),
            some.integers(0, 10**6).map(lambda steps: steps * 1_000_000),
            some.integers(0, 10**5).map(lambda steps: steps * 1_000_000 + 1),
        ),
        some.sampled_from(sorted(MULTIPLIERS)),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(RECORDS)
def test_charges_are_those_of_exact_decimals(
    billing: BillingStack, records: list[tuple[int, str]]
) -> None:
    """SI-A12."""
    account = f"exact-{next(_ACCOUNTS)}"
    entries = [
        entry(f"r-{index}", cost_nano=str(cost), multiplier_tier=tier)
        for index, (cost, tier) in enumerate(records)
    ]

    imported = _imported(billing, account, entries)

    expected = sum(charge(cost, tier) for cost, tier in records)
    assert imported["charged_nano"] == str(expected)
    assert imported["balance_nano"] == str(-expected)
    # From $5.00 on, the ledger has begun by itself.
    assert billing.flush(account).json()["pending_records"] == 0
    (kept,) = billing.sql(
        "SELECT CAST(SUM(charged_nano) AS TEXT) AS charged, CAST(SUM(cost_nano) AS TEXT) AS cost, "
        "COUNT(DISTINCT typeof(charged_nano) || typeof(cost_nano)) AS kinds, "
        "MAX(typeof(charged_nano)) AS kind FROM usage WHERE account_id = ?1",
        account,
    )
    costs = str(sum(cost for cost, _ in records))
    assert kept == {"charged": str(expected), "cost": costs, "kinds": 1, "kind": "integer"}


def test_fifty_clients_of_one_account_are_each_billed_in_full(billing: BillingStack) -> None:
    """SI-P5."""
    answers = _at_once(lambda number: billing.record("fifty", f"r-{number}"), CLIENTS * EACH)

    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json()["recorded"] for answer in answers)
    balances = {int(answer.json()["balance_nano"]) for answer in answers}
    assert balances == {-11_000_000 * number for number in range(1, CLIENTS * EACH + 1)}


def test_one_request_from_fifty_clients_at_once_is_billed_once(billing: BillingStack) -> None:
    answers = _at_once(lambda _: billing.record("same", "r-1"), CLIENTS)

    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["recorded"] for answer in answers) == 1
    assert {answer.json()["balance_nano"] for answer in answers} == {"-11000000"}


def test_flushes_at_once_and_records_meanwhile_leave_each_record_once(
    billing: BillingStack,
) -> None:
    def ask(number: int) -> httpx.Response:
        if number % 3 == 0:
            return billing.flush("mixed")
        return billing.record("mixed", f"r-{number}")

    answers = _at_once(ask, 150)

    assert {answer.status_code for answer in answers} == {200}
    assert billing.flush("mixed").is_success
    (kept,) = billing.sql(
        "SELECT COUNT(*) AS rows, COUNT(DISTINCT request_id) AS ids FROM usage "
        "WHERE account_id = 'mixed'"
    )
    assert kept == {"rows": 100, "ids": 100}
    (told,) = billing.sql("SELECT SUM(records) AS rows FROM batches WHERE account_id = 'mixed'")
    assert told["rows"] == 100


def _year(today: date) -> list[dict[str, Any]]:
    chance = random.Random(SEED)  # noqa: S311 - records, no secrets
    records = []
    for number in range(YEAR):
        provider, model = chance.choice(MODELS)
        day = today - timedelta(days=1 + chance.randrange(365))
        records.append(
            entry(
                f"r-{number}",
                provider=provider,
                model=model,
                input_tokens=chance.randrange(10_000),
                output_tokens=chance.randrange(4_000),
                cost_nano=str(chance.randrange(10**9)),
                multiplier_tier=chance.choice(sorted(MULTIPLIERS)),
                at=f"{day}T{chance.randrange(24):02}:30:00Z",
            )
        )
    return records


def _sums(records: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "requests": len(records),
        "input_tokens": sum(it["input_tokens"] for it in records),
        "output_tokens": sum(it["output_tokens"] for it in records),
        "cost_nano": str(sum(int(it["cost_nano"]) for it in records)),
        "charged_nano": str(
            sum(charge(int(it["cost_nano"]), it["multiplier_tier"]) for it in records)
        ),
    }


def test_a_year_is_imported_and_reported(billing: BillingStack) -> None:
    """SI-A4."""
    today = datetime.now(UTC).date()
    records = _year(today)
    for start in range(0, YEAR, AN_IMPORT):
        part = records[start : start + AN_IMPORT]
        assert _imported(billing, "year", part)["recorded"] == AN_IMPORT

    path = f"/usage?account_id=year&from={today - timedelta(days=365)}&to={today}"
    usage = billing.ask("GET", path).json()

    days, models = defaultdict(list), defaultdict(list)
    for record in records:
        days[record["at"][:10]].append(record)
        models[record["provider"], record["model"], record["multiplier_tier"]].append(record)
    assert usage["total"] == _sums(records)
    assert {day.pop("day"): day for day in usage["by_day"]} == {
        day: _sums(those) for day, those in days.items()
    }
    names = ("provider", "model", "multiplier_tier")
    assert {tuple(it.pop(name) for name in names): it for it in usage["by_model"]} == {
        model: _sums(those) for model, those in models.items()
    }
