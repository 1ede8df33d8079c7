"""What is used, held against what is expected and allowed (CC-15, ID-2, PA-16)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import httpx
import pytest

from ops.errors import OpsError
from ops.health import account_usage, object_usage
from ops.health.object_usage import Metered, metered
from ops.monitoring import usage_checks
from ops.preflight.verdicts import State
from ops.stack.target import Target
from tests.ops.monitoring.example_checks import NOW, watched

BEGIN, END = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)
COUNTED = {
    "durableObjectsInvocationsAdaptiveGroups": [
        {"sum": {"requests": 70, "errors": 1}},
        {"sum": {"requests": 30, "errors": 0}},
    ],
    "durableObjectsPeriodicGroups": [
        {"sum": {"duration": 1.5, "rowsRead": 10, "rowsWritten": 4}},
        {"sum": {"duration": 2.0, "rowsRead": 1, "rowsWritten": 0}},
    ],
    "durableObjectsSqlStorageGroups": [
        {"max": {"storedBytes": 5}, "dimensions": {"namespaceId": "a"}},
        {"max": {"storedBytes": 7}, "dimensions": {"namespaceId": "a"}},
        {"max": {"storedBytes": 1}, "dimensions": {"namespaceId": "b"}},
    ],
    "r2OperationsAdaptiveGroups": [
        {"sum": {"requests": 3}, "dimensions": {"actionType": "PutObject"}},
        {"sum": {"requests": 9}, "dimensions": {"actionType": "GetObject"}},
        {"sum": {"requests": 2}, "dimensions": {"actionType": "HeadBucket"}},
        {"sum": {"requests": 8}, "dimensions": {"actionType": "DeleteObject"}},
        {"sum": {"requests": 1}, "dimensions": {"actionType": "SomethingNew"}},
    ],
    "r2StorageAdaptiveGroups": [
        {
            "max": {"payloadSize": 100, "metadataSize": 5},
            "dimensions": {"bucketName": "docs"},
        }
    ],
}
USED = Metered(
    do_requests=100,
    do_errors=1,
    do_gb_seconds=3.5,
    do_rows_read=11,
    do_rows_written=4,
    do_stored_bytes=8,
    r2_class_a=4,
    r2_class_b=11,
    r2_stored_bytes=105,
)


def answering(account, status=200):
    body = {"data": {"viewer": {"accounts": [account]}}}
    return httpx.MockTransport(lambda _: httpx.Response(status, json=body))


def test_groups_are_summed_and_of_what_is_kept_the_most_is_taken():
    found = metered("https://api.example", "a", "t", BEGIN, END, answering(COUNTED))

    assert found == USED


@pytest.mark.parametrize("lacking", COUNTED)
def test_what_is_not_counted_is_no_zero(lacking):
    less = {name: groups for name, groups in COUNTED.items() if name != lacking}

    with pytest.raises(OpsError, match="Account Analytics: Read"):
        metered("https://api.example", "a", "t", BEGIN, END, answering(less))


@pytest.fixture
def of(tmp_path, monkeypatch):
    """Give staging with what its systems expect of everything, and a token."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "t")

    def made(expected=0, **read):
        asked = SimpleNamespace(sum=lambda _: Decimal(expected))
        return watched(tmp_path, asked=asked, **read)

    return made


def judged(check, of):
    return {(each.subject, each.said.partition(",")[0]): each.state for each in check(of)}


def test_more_than_was_expected_of_a_week_is_a_warning(of, monkeypatch):
    monkeypatch.setattr(object_usage, "metered", lambda *_: USED)

    found = judged(usage_checks.metered, of(expected=60))  # 14 of a week, 60 of what is kept

    assert found["Durable Objects", "100 requests in a week"] is State.WARNING
    assert found["Durable Objects", "11 rows read in a week"] is State.GOOD
    assert found["Durable Objects", "8 bytes kept"] is State.GOOD
    assert found["R2", "105 bytes kept"] is State.WARNING
    assert found["Durable Objects", "1 of 100 requests failed in a week"] is State.WARNING


def counted(monkeypatch, yesterday, today):
    """Have the account count writes of KV, of which a thousand a day are allowed."""
    days = {NOW.date(): today, NOW.date() - timedelta(days=1): yesterday}
    monkeypatch.setattr(account_usage, "used_on", lambda day, *_: days[day])
    monkeypatch.setattr(
        account_usage, "rows", lambda *given: [account_usage.Row("writes", given[-1], 500, 1000)]
    )


def test_a_check_in_the_morning_tells_of_what_was_too_much_the_day_before(of, monkeypatch):
    counted(monkeypatch, yesterday=1001, today=3)

    before, today = usage_checks.used(of(config=None))

    assert (before.state, before.said) == (State.WARNING, "1,001 writes yesterday, of 1,000")
    assert before.next == "python -m ops usage staging"
    assert today.state is State.GOOD


ROWS = {
    "little": (100, State.GOOD),
    "much of what is allowed": (800, State.WARNING),
    "all of it": (1000, State.WARNING),
    "more": (1001, State.FAULT),
}


@pytest.mark.parametrize(("used", "state"), ROWS.values(), ids=ROWS)
def test_operations_of_kv_are_held_against_what_is_allowed_a_day(of, monkeypatch, used, state):
    """ID-2: the free operations of a day were used up, and nobody saw it come."""
    counted(monkeypatch, yesterday=1000, today=used)

    (found,) = usage_checks.used(of(config=None))

    assert (found.state, found.said) == (state, f"{used:,} writes today, of 1,000")
    assert bool(found.next) == (state is not State.GOOD)


def test_the_local_cloudflare_counts_nothing_and_that_is_said(tmp_path):
    local = Target("development", "development", {})

    for check in (usage_checks.used, usage_checks.metered):
        found = list(check(watched(tmp_path, local)))
        assert {each.state for each in found} == {State.NOT_RUN}
        assert {each.said for each in found} == {"the local Cloudflare counts no usage"}
