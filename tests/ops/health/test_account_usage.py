"""What an account has used of KV, by what Cloudflare's analytics answer (ID-2)."""

import json

import httpx
import pytest

from ops.commands import usage as command
from ops.errors import OpsError
from ops.health import account_usage
from ops.stack.target import Target
from tests.config.examples import SECRETS, good

pytestmark = pytest.mark.usefixtures("waited")

API, ACCOUNT, TOKEN = "https://api.example/client/v4", "ab" * 16, "t" * 40
STAGING = {key: value for key, value in good("staging").items() if key not in SECRETS}


def group(operation, requests):
    return {"sum": {"requests": requests}, "dimensions": {"actionType": operation}}


def counted(*groups):
    rows = [{"sum": {"rowsRead": 40, "rowsWritten": 3}}, {"sum": {"rowsRead": 2, "rowsWritten": 0}}]
    account = {"kvOperationsAdaptiveGroups": list(groups), "d1AnalyticsAdaptiveGroups": rows}
    return {"data": {"viewer": {"accounts": [account]}}}


def asked(answer, status=200):
    """Ask an API that gives *answer*; return what was sent and what came of it."""
    sent = []

    def answering(request):
        sent.append(request)
        return httpx.Response(status, json=answer)

    found = account_usage.used_today(API, ACCOUNT, TOKEN, httpx.MockTransport(answering))
    return sent[0], found


def test_operations_of_today_are_counted_over_all_namespaces():
    request, found = asked(counted(group("read", 7), group("write", 2), group("read", 5)))

    assert found == {
        "read": 12,
        "write": 2,
        "delete": 0,
        "list": 0,
        "rows_read": 42,
        "rows_written": 3,
    }
    assert str(request.url) == f"{API}/graphql"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert json.loads(request.content)["variables"]["account"] == ACCOUNT


SILENT = {
    "a refusal": ({"data": None, "errors": [{"message": "not authorized"}]}, "not authorized"),
    "no account": ({"data": {"viewer": {"accounts": []}}}, "says nothing of the account"),
    "no object": ([], "says nothing of the account"),
    "another shape": ({"data": {"viewer": {"accounts": [{}]}}}, "Account Analytics: Read"),
}


@pytest.mark.parametrize(("answer", "said"), SILENT.values(), ids=SILENT)
def test_what_says_nothing_is_no_zero(answer, said):
    with pytest.raises(OpsError, match=said) as raised:
        asked(answer)

    assert TOKEN not in str(raised.value)


def test_no_answer_is_a_sentence():
    def refuse(request):
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(OpsError, match=r"does not answer \(ConnectError\)"):
        account_usage.used_today(API, ACCOUNT, TOKEN, httpx.MockTransport(refuse))


@pytest.fixture
def account(monkeypatch):
    """Give a function that runs the command on staging, where *used* was used."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)

    def run(used, month=(0, 0), **changes):
        target = Target("staging", "staging", {**STAGING, **changes})
        monkeypatch.setattr(command, "read_target", lambda *_: target)
        counts = {**dict.fromkeys((*account_usage.OPERATIONS, *account_usage.ROWS), 0), **used}
        monkeypatch.setattr(account_usage, "used_today", lambda *_: counts)
        monkeypatch.setattr(account_usage, "used_this_month", lambda *_: month)
        command.usage("staging")

    return run


def test_it_is_shown_beside_what_is_expected_and_allowed(account, capsys):
    """FW-10."""
    account({"read": 4_321}, **{"chittyos:kv_budget": {"reads_day": 120_000, "lists_day": 0}})
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]

    assert ["reads", "4,321", "107,667", "120,000"] in shown
    assert ["writes", "0", "3,000", "no", "limit"] in shown
    assert ["lists", "0", "0", "0"] in shown


def test_more_than_is_allowed_fails(account):
    with pytest.raises(OpsError, match="120,001 reads of 120,000"):
        account({"read": 120_001}, **{"chittyos:kv_budget": {"reads_day": 120_000}})


def test_rows_of_d1_have_a_budget_as_well(account, capsys):
    """PA-16: a query without an index reads all rows, and nobody saw it come."""
    budget = {"chittyos:d1_budget": {"rows_read_day": 50_000_000}}
    account({"rows_written": 7}, **budget)
    assert ["D1", "rows", "written", "7"] in [
        line.split()[:4] for line in capsys.readouterr().out.splitlines()
    ]

    with pytest.raises(OpsError, match="50,000,001 D1 rows read of 50,000,000"):
        account({"rows_read": 50_000_001}, **budget)


def test_the_plan_allows_what_no_budget_says(account):
    free = {"chittyos:plan": "free", "chittyid:expected": {"lookups_day": 0}}
    nothing = {"requests_month": 0, "kv_reads_day": 0, "kv_writes_day": 0, "sockets": 0}
    free["project_awareness:expected"] = nothing
    free["superinstance:expected"] = dict.fromkeys(
        (
            "requests_month",
            "balance_reads_month",
            "flushes_month",
            "session_requests_month",
            "account_requests_month",
            "session_stored_bytes",
            "pulls_month",
            "pushes_month",
            "synced_files_month",
            "synced_bytes",
            "synced_entry_bytes",
        ),
        0,
    )
    for key in ("chittyconnect:worker", "chittyid:worker", "project_awareness:worker"):
        free[key] = {name: value for name, value in STAGING[key].items() if name != "cpu_ms"}
    watch = STAGING["project_awareness:watch"]
    worker = {name: value for name, value in watch["worker"].items() if name != "cpu_ms"}
    free["project_awareness:watch"] = {**watch, "worker": worker}
    for part in ("router", "billing", "session_state", "sync"):
        key = f"superinstance:{part}"
        worker = {name: it for name, it in STAGING[key]["worker"].items() if name != "cpu_ms"}
        free[key] = {**STAGING[key], "worker": worker}
    with pytest.raises(OpsError, match="1,001 writes of 1,000"):
        account({"write": 1_001}, **free)


def of_the_month(account):
    return {"data": {"viewer": {"accounts": [account]}}}


def month_of(answer):
    """Ask an API that gives *answer* for the month; return what was sent and what came of it."""
    sent = []

    def answering(request):
        sent.append(json.loads(request.content))
        return httpx.Response(200, json=answer)

    found = account_usage.used_this_month(API, ACCOUNT, TOKEN, httpx.MockTransport(answering))
    return sent[0], found


def test_requests_and_operations_of_the_month_are_summed():
    """PA-16: over all workers and namespaces, from the first of the month in UTC."""
    one, two = {"sum": {"requests": 5}}, {"sum": {"requests": 7}}
    answer = of_the_month({account_usage.WORKERS: [one, two], account_usage.KV: [two]})
    sent, found = month_of(answer)

    assert found == (12, 7)
    assert sent["variables"]["account"] == ACCOUNT
    assert sent["variables"]["first"].endswith("-01T00:00:00Z")
    assert sent["variables"]["firstDay"].endswith("-01")


@pytest.mark.parametrize(
    "account",
    [{}, {account_usage.WORKERS: None, account_usage.KV: []}, {account_usage.WORKERS: []}],
)
def test_what_says_nothing_of_the_month_is_no_zero(account):
    with pytest.raises(OpsError, match="Account Analytics: Read"):
        month_of(of_the_month(account))


def test_the_month_is_shown_and_told(account, capsys):
    """PA-16: 8 million of each, which is told and fails nothing."""
    account({}, month=(8_000_000, 7_999_999))
    out = capsys.readouterr().out
    shown = [line.split() for line in out.splitlines()]

    assert next(row[:4] for row in shown if row[:1] == ["requests"]) == [
        "requests",
        "to",
        "workers",
        "8,000,000",
    ]
    assert "budget: 8,000,000 requests to workers this month" in out
    assert "budget: 7,999,999" not in out


def test_the_month_is_not_asked_for_without_a_threshold(account, capsys):
    account({}, month=None, **{"chittyos:budgets": {}})

    assert "this month" not in capsys.readouterr().out


def test_the_local_cloudflare_counts_nothing(monkeypatch):
    target = Target("development", "development", {})
    monkeypatch.setattr(command, "read_target", lambda *_: target)

    with pytest.raises(OpsError, match="counts no usage"):
        command.usage("development")


def test_it_says_which_right_its_token_needs(account, monkeypatch):
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")

    with pytest.raises(OpsError, match="Account Analytics: Read"):
        account({})
