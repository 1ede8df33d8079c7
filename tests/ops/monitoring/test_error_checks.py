"""What a check says of errors and of what answers (CC-15, FW-10)."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from ops.health import datasets, probes
from ops.health.certificates import DAY, Certificate
from ops.monitoring import availability_checks, error_checks, error_logs, known_errors
from ops.monitoring.error_groups import grouped
from ops.preflight.verdicts import State
from ops.stack.target import Target
from systems.preconditions import TOKEN
from tests.config.examples import SECRETS, good
from tests.ops.monitoring.example_checks import NOW, watched
from tests.ops.monitoring.test_error_groups import answering as answering_pages
from tests.ops.monitoring.test_error_groups import ended, telemetry, thrown
from tests.support_points import points_file, sql_api

ADDRESSES: dict[str, Any] = {
    "urn": "urn:pulumi:staging::chittyos::pulumi:pulumi:Stack::chittyos-staging",
    "outputs": {"addresses": [{"system": "id", "url": "https://id.chitty.cc", "check": "/health"}]},
}


@pytest.fixture
def of(tmp_path):
    return watched(tmp_path, resources=[ADDRESSES])


def logged(monkeypatch, *events, earlier=()):
    """Have the logs answer *events* at the next question, and *earlier* at the one after it.

    Returns what they are asked.
    """
    asked: list[Any] = []
    answers = answering_pages([events, earlier], asked)
    monkeypatch.setattr(error_logs, "telemetry_of", lambda _: telemetry(answers))
    monkeypatch.setattr(error_logs, "scripts_of", lambda _: ["api"])
    return asked


def test_a_new_kind_of_error_is_told_once_and_counted_from_then_on(of, monkeypatch):
    logged(monkeypatch, thrown(1, "no session 1", seconds=60))
    (first,) = error_checks.errors(of)
    logged(monkeypatch, thrown(1, "no session 1", seconds=60), thrown(2, "no session 2"))
    (second,) = error_checks.errors(of)

    (known,) = grouped([thrown(1, "no session 1")])
    assert first.state is State.WARNING
    assert first.said == (
        "new, once since 2026-11-30 07:59 UTC: api: TypeError: no session <n> in mint worker.js "
        f"({known.fingerprint})"
    )
    assert first.next == "python -m ops errors staging"
    assert second.state is State.GOOD
    assert second.said == (
        "nothing new since 2026-11-29 07:00 UTC, of workers: 1; 2 of what was told of before"
    )


def test_where_nothing_was_noted_a_kind_is_not_new_that_the_logs_have_from_before(of, monkeypatch):
    """A runner of the CI starts with an empty disk each time."""
    old = thrown(1, "no session 1", seconds=100_000)
    asked = logged(monkeypatch, thrown(2, "no session 2"), thrown(3, "no room"), earlier=[old])

    (found,) = error_checks.errors(of)

    assert (found.state, "no room" in found.said) == (State.WARNING, True)
    frames = [each["timeframe"] for each in asked]
    assert frames[1]["to"] == frames[0]["from"]
    assert frames[0]["to"] - frames[1]["from"] == 7 * 86_400_000


def test_a_check_that_comes_late_looks_back_to_the_end_of_the_one_before(of, monkeypatch):
    noted = known_errors.place(of.session.paths.local, "staging")
    known_errors.write(noted, known_errors.Seen(until=NOW - timedelta(days=3)))
    asked = logged(monkeypatch)

    list(error_checks.errors(of))

    frame = asked[0]["timeframe"]
    assert frame["to"] - frame["from"] == 3 * 86_400_000
    assert known_errors.read(noted).until == NOW


def test_more_errors_than_can_be_read_leave_the_older_ones_unknown(of, monkeypatch):
    monkeypatch.setattr(error_logs, "MOST", 2)
    logged(monkeypatch, thrown(2, "no session 2", seconds=1), thrown(1, "no session", seconds=60))

    found = list(error_checks.errors(of))

    assert found[-1].state is State.UNKNOWN
    assert found[-1].said == (
        "2 errors since 2026-11-30 07:59 UTC; what was before is too much to be read"
    )


def test_a_stack_without_workers_has_no_errors_that_anybody_knows_of(of, monkeypatch):
    monkeypatch.setattr(error_logs, "telemetry_of", lambda _: telemetry(answering_pages([], [])))

    (found,) = error_checks.errors(of)

    assert (found.state, found.said) == (State.NOT_RUN, "the stack has no workers")


def test_many_new_kinds_are_counted_and_the_first_are_named(of, monkeypatch):
    kinds = [ended(number, f"end{'x' * number}") for number in range(error_checks.SHOWN + 3)]
    logged(monkeypatch, *kinds)

    found = list(error_checks.errors(of))

    assert len(found) == error_checks.SHOWN + 1
    assert found[-1].said == "and 3 more are new"


AVAILABLE = ("chittyops_usage_staging", 60, 998, ("GET /health", "GET", "2xx"), (200, 20))
DOWN = ("chittyops_usage_staging", 60, 2, ("GET /health", "GET", "5xx"), (503, 20))
CONFIGURED = {key: value for key, value in good("staging").items() if key not in SECRETS}


@pytest.fixture
def figured(tmp_path, monkeypatch):
    """Give a function that reads the figures of staging, whose datasets have *points*."""

    def figures(*points):
        monkeypatch.setenv(TOKEN, "t")
        file = sql_api(points_file(tmp_path, points))
        monkeypatch.setattr(datasets, "SqlApi", partial(datasets.SqlApi, transport=file))
        target = Target("staging", "staging", CONFIGURED)
        return list(error_checks.figures(watched(tmp_path, target)))

    return figures


def test_figures_without_a_point_are_not_called_good(figured):
    (found,) = figured()

    assert found.state is State.NOT_RUN
    assert "that are measured has points of the last 24 hours" in found.said


def test_figures_that_are_reached_are_good_and_those_without_points_are_named(figured):
    (found,) = figured(AVAILABLE)

    assert found.state is State.GOOD
    assert "; without points: " in found.said
    assert "active sessions" in found.said


def test_a_figure_that_is_missed_is_a_warning(figured):
    found = figured(AVAILABLE, DOWN)

    assert {each.state for each in found} == {State.WARNING}
    assert "availability is 99.8 %, and has to be >= 99.9" in [each.said for each in found]


def answered(**more):
    given = {"system": "id", "address": "https://id.chitty.cc/health", "ok": True, "said": "200 ok"}
    return probes.Answer(**{**given, **more})


SERVING = {
    "all is well": ({}, State.GOOD, "https://id.chitty.cc/health: 200 ok"),
    "nothing answers": (
        {"ok": False, "said": "nothing: ConnectError"},
        State.FAULT,
        "ConnectError",
    ),
    "a dependant is down": ({"without": frozenset({"kv"})}, State.WARNING, "goes on without kv"),
    "slow": ({"first": 301.0}, State.WARNING, "first request took 301 ms"),
    "a certificate that is late": (
        {"certificate": Certificate(NOW.timestamp() - 85 * DAY, NOW.timestamp() + 5 * DAY)},
        State.WARNING,
        "has 6% of its lifetime left",
    ),
}


@pytest.mark.parametrize(("more", "state", "said"), SERVING.values(), ids=SERVING)
def test_what_does_not_answer_is_a_fault_and_what_answers_badly_a_warning(
    of, monkeypatch, more, state, said
):
    vars(of)["door"] = probes.no_door
    monkeypatch.setattr(probes, "ask_all", lambda *_, **__: [answered(**more)])

    (found,) = availability_checks.health(of)

    assert (found.subject, found.state) == ("health of id", state)
    assert said in found.said


def test_without_the_passphrase_what_wants_a_service_token_is_said_and_the_rest_is_asked(
    tmp_path, monkeypatch
):
    open_to_all, *_ = ADDRESSES["outputs"]["addresses"]
    behind = {**open_to_all, "system": "connect", "service_token": "verification"}
    stack = {**ADDRESSES, "outputs": {"addresses": [behind, open_to_all]}}
    of = watched(tmp_path, resources=[stack], door=probes.no_door, opens=False)
    asked: list[Any] = []

    def ask_all(given, **_):
        asked.extend(given)
        return [answered()]

    monkeypatch.setattr(probes, "ask_all", ask_all)

    found = {each.subject: (each.state, each.said) for each in availability_checks.health(of)}

    assert asked == [open_to_all]
    assert found["health of id"][0] is State.GOOD
    state, said = found["health of connect"]
    assert state is State.NOT_RUN
    assert said == (
        "https://id.chitty.cc lets in who has its service token, which is encrypted, and "
        "PULUMI_CONFIG_PASSPHRASE is not set"
    )


def test_a_stack_of_which_nothing_stands_is_a_fault_and_one_without_addresses_says_so(tmp_path):
    (nothing,) = availability_checks.health(watched(tmp_path, resources=[], door=probes.no_door))
    silent = {**ADDRESSES, "outputs": {}}
    (nowhere,) = availability_checks.health(
        watched(tmp_path, resources=[silent], door=probes.no_door)
    )

    assert (nothing.state, nothing.said) == (
        State.FAULT,
        "by its state nothing of the stack is deployed",
    )
    assert (nowhere.state, nowhere.said) == (State.NOT_RUN, "the stack answers nowhere")


def test_a_stack_without_containers_says_so(of):
    (found,) = availability_checks.container_health(of)

    assert (found.state, found.said) == (State.NOT_RUN, "the stack has no containers")
