"""`dashboard` and `kpis` on a stack whose datasets hold what the tests put there (PA-12, PA-17)."""

import json
from types import SimpleNamespace
from typing import cast

import pytest

from ops.commands import dashboard as command
from ops.commands import verify
from ops.errors import OpsError
from ops.health.datasets import NotAnsweredError, SqlApi
from ops.stack import state
from ops.stack.session import Session
from ops.stack.target import Target
from planning.refusals import RefusedError
from tests.config.examples import SECRETS, good, tracked
from tests.support_points import points_file, sql_api

STAGING = {key: value for key, value in good("staging").items() if key not in SECRETS}
USAGE, SECURITY = "chittyops_usage_staging", "chittyops_security_staging"
PERFORMANCE = "chittyops_performance_staging"
STATISTICS = ("GET /api/sessions/statistics", "GET", "2xx", "", "", "MISS")


def blocked(weight, ago=60):
    return (SECURITY, ago, weight, ("blocked_requests", "insufficient_scope", "/ws"), (1,))


def request(status=200, milliseconds=20, weight=1, endpoint="GET /health", platform=""):
    blobs = (endpoint, endpoint.split()[0], f"{status // 100}xx", platform, "", "")
    return (USAGE, 60, weight, blobs, (status, milliseconds))


@pytest.fixture
def stack(monkeypatch, tmp_path):
    """Give a function that puts points into the datasets of staging."""

    def put(*points, **changes):
        api = SqlApi("https://api.example", "ab" * 16, "t", sql_api(points_file(tmp_path, points)))
        target = Target("staging", "staging", {**STAGING, **changes})
        monkeypatch.setattr(command, "read_target", lambda *_: target)
        monkeypatch.setattr(command, "sql_api", lambda _: api)
        return target

    return put


def shown(capsys):
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_dashboards_with_nothing_wrong(stack, capsys):
    stack(request(), blocked(100))
    command.dashboard("staging")
    rows = shown(capsys)

    assert ["AI", "Workload", "Performance"] in rows
    assert ["response,", "p95", "20", "ms", "<=", "100"] in rows
    assert ["blocked", "requests", "100", "an", "hour", "<=", "100"] in rows


CROSSED = {
    "slow": ([request(milliseconds=101)], "response, p95 is 101 ms, and has to be <= 100"),
    "errors": (
        [request(weight=98), request(500, weight=2)],
        "errors is 2 %, and has to be <= 1.00",
    ),
    "blocked": ([blocked(101)], "blocked requests is 101 an hour, and has to be <= 100"),
}


@pytest.mark.parametrize(("points", "said"), CROSSED.values(), ids=CROSSED)
def test_a_threshold_that_is_crossed_fails(stack, points, said):
    stack(*points)

    with pytest.raises(OpsError) as raised:
        command.dashboard("staging")
    assert said in str(raised.value)
    assert raised.value.exit_code == 1


def test_thresholds_are_those_of_the_configuration(stack, capsys):
    stack(blocked(101), **{"project_awareness:thresholds": {"blocked_hour": 101}})
    command.dashboard("staging", "security")

    assert ["blocked", "requests", "101", "an", "hour", "<=", "101"] in shown(capsys)


def test_one_is_chosen_by_its_name(stack, capsys):
    stack(request(milliseconds=900), blocked(1))
    command.dashboard("staging", "project_awareness.security")

    assert ["AI", "Workload", "Performance"] not in shown(capsys)
    with pytest.raises(OpsError, match=r"no dashboard 'safety'; there are: project_awareness.perf"):
        command.dashboard("staging", "safety")


def test_it_looks_back_as_many_hours_as_are_asked_for(stack):
    stack(blocked(500, ago=2 * 3600))
    command.dashboard("staging", "security")

    with pytest.raises(OpsError, match=r"blocked requests is 166\.667 an hour"):
        command.dashboard("staging", "security", hours=3)


def test_they_are_written_for_grafana_without_asking_anybody(stack, tmp_path, monkeypatch, capsys):
    stack()
    monkeypatch.setattr(command, "sql_api", None)
    command.dashboard("staging", write=tmp_path / "grafana")
    files = sorted((tmp_path / "grafana").iterdir())

    assert [file.name for file in files] == [
        "staging-project_awareness-performance.json",
        "staging-project_awareness-security.json",
    ]
    assert USAGE in json.loads(files[0].read_text())["panels"][0]["targets"][0]["query"]
    assert "written:" in capsys.readouterr().out


def test_they_are_written_before_anybody_knows_the_account(stack, tmp_path, capsys):
    """The ids that only an owner sets stand in no dashboard."""
    target = stack()
    del target.config["chittyos:account"]
    target.config["chittyos:zones"] = tracked("staging")["chittyos:zones"]
    command.dashboard("staging", write=tmp_path)

    assert capsys.readouterr().out.count("written:") == 2


def test_a_local_cloudflare_that_is_not_running_is_not_a_figure_that_is_missed(monkeypatch):
    development = Target("development", "development", good())
    monkeypatch.setattr(command, "environment_for", lambda *_: _Nothing())
    monkeypatch.setattr(command, "check_running", _not_running)

    with pytest.raises(NotAnsweredError, match="run make start"):
        command.sql_api(development)


def _not_running(_):
    raise RefusedError("the local Cloudflare is not running; run make start")


def test_what_has_to_be_reached_is_shown_with_what_is_forecast(stack, capsys):
    sync = ("cross_platform_sync_latency", "POST /api/projects/sync")
    stack(
        request(weight=999, platform="cursor"),
        request(101, endpoint="GET /ws", weight=199),
        (PERFORMANCE, 60, 2, sync, (150,)),
    )
    command.kpi("staging")
    rows = shown(capsys)

    assert ["availability", "100", "%", ">=", "99.9"] in rows
    assert ["WebSockets", "that", "connect", "100", "%", ">", "99"] in rows
    assert ["synchronisation,", "p95", "150", "ms", "<", "200"] in rows
    assert ["adoption", "cursor", "999", "requests"] in rows
    assert ["use", "GET", "/ws", "199", "requests"] in rows
    assert ["active", "sessions", "no", "data"] in rows
    assert next(row for row in rows if row[0] == "storage")[:10] == [
        "storage",
        "in",
        "R2,",
        "by",
        "its",
        "price",
        "15",
        "$",
        "a",
        "TB-month",
    ]
    (cost,) = (row for row in rows if row[0] == "cost")
    assert 0 < float(cost[cost.index("$") - 1]) < 0.001


MISSED = {
    "down": ([request(503, weight=2), request(weight=998)], "availability is 99.8 %"),
    "errors": ([request(500, endpoint="GET *"), request(weight=999)], "errors is 0.1 %"),
    "sockets": (
        [request(101, endpoint="GET /ws", weight=99), request(503, endpoint="GET /ws")],
        "WebSockets that connect is 99 %",
    ),
    "slow": ([request(milliseconds=100)], "response, p95 is 100 ms, and has to be < 100"),
}


@pytest.mark.parametrize(("points", "said"), MISSED.values(), ids=MISSED)
def test_what_is_not_reached_fails(stack, points, said):
    stack(*points)

    with pytest.raises(OpsError) as raised:
        command.kpi("staging")
    assert said in str(raised.value)


def test_refusals_are_no_errors_of_ours(stack):
    """PA-17: of 401, 404, 426 and 429 callers are the cause."""
    stack(*(request(status, endpoint="GET /ws") for status in (401, 404, 426, 429)))

    command.kpi("staging")


def test_datasets_are_empty_after_the_first_deployment(stack, capsys):
    stack()
    command.kpi("staging")
    rows = shown(capsys)

    assert ["availability", "no", "data", ">=", "99.9"] in rows
    assert ["errors", "no", "data", "<", "0.1"] in rows


def test_the_check_after_a_deployment_reports_them(stack, capsys):
    """PA-17: and says what is missed, without failing unless that is asked."""
    target = stack(request(503, weight=2), request(weight=998))
    missed = verify._kpis(target)

    assert "availability is 99.8 %, and has to be >= 99.9" in missed
    assert ["synchronisation,", "p95", "no", "data", "<", "200"] in shown(capsys)
    verify._judge({"missed": missed}, strict=False)
    with pytest.raises(OpsError, match="availability"):
        verify._judge({"missed": missed}, strict=True)


def test_the_check_after_a_deployment_goes_on_without_the_right(stack, monkeypatch, capsys):
    def refuse(_):
        raise NotAnsweredError("refuses (403); the token needs Account Analytics: Read")

    target = stack()
    monkeypatch.setattr(command, "sql_api", refuse)

    assert verify._kpis(target) == []
    assert "figures are not known: refuses (403); the token needs" in capsys.readouterr().out


def test_a_token_is_asked_for_by_the_right_it_needs(stack, monkeypatch):
    real = command.sql_api
    target = stack()
    monkeypatch.setattr(command, "environment_for", lambda *_: _Nothing())
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)

    with pytest.raises(NotAnsweredError, match=r"is not set; the token needs Account Analytics"):
        real(target)


class _Nothing:
    def apply(self):
        """Change nothing of this process."""


@pytest.fixture
def deployed(monkeypatch):
    """Give a function that lets `up` end on a *target* whose one address answers as *answers*."""

    def ended(target, answers):
        address = {"system": "id", "url": "https://id.chitty.cc"}
        monkeypatch.setattr(state, "resources", lambda _: [])
        monkeypatch.setattr(verify, "_proven", lambda *_: ([address], ["not seen which answers"]))
        monkeypatch.setattr(verify, "_healthy", answers)
        monkeypatch.setattr(verify, "door_of", lambda _: None)
        verify.serving(cast("Session", SimpleNamespace(target=target)))

    return ended


def test_an_up_of_an_account_ends_with_what_has_to_be_reached(stack, deployed, capsys):
    """PA-17: what is missed is said, and takes nothing back."""
    deployed(stack(request(503, weight=2), request(weight=998)), lambda *_: [])

    said = " ".join(capsys.readouterr().out.split())
    assert "synchronisation, p95 no data" in said
    assert "missed: availability is 99.8 %, and has to be >= 99.9" in said
    assert said.startswith("unproven: not seen which answers")


def test_an_up_whose_addresses_stay_silent_does_not_say_that_they_answer(stack, deployed, capsys):
    def silent(*_):
        raise OpsError("no healthy answer from id")

    with pytest.raises(OpsError, match="all of it was deployed, and no healthy answer from id"):
        deployed(stack(), silent)

    assert "every address answers" not in capsys.readouterr().out
