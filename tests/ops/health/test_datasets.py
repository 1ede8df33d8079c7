"""Figures as they are read from datasets, weighed by what each row stands for (PA-12, PA-17)."""

from decimal import Decimal

import httpx
import pytest

from ops.health import datasets
from ops.health.datasets import NotAnsweredError, Reading, SqlApi
from ops.terminal import console
from planning.figures import WEIGHT, Figure, Goal, p95, per_hour, percent
from systems.registry import SYSTEMS
from tests.config.examples import loaded
from tests.support_points import points_file, sql_api

pytestmark = pytest.mark.usefixtures("waited")

API, ACCOUNT, TOKEN = "https://api.example/client/v4", "ab" * 16, "t" * 40
MINUTE = 60

POINTS = [  # dataset, seconds ago, weight, blobs, doubles
    ("usage", 60, 10, ("a",), (200, 20)),
    ("usage", 120, 9, ("b",), (200, 40)),
    ("usage", 180, 1, ("b",), (500, 900)),
    ("usage", 90 * MINUTE, 100, ("c",), (500, 5)),
]
FIGURES = {
    "all that rows stand for": (WEIGHT, "", "", {"": 20}),
    "those of a kind": (WEIGHT, "double1 = 200", "", {"": 19}),
    "each of a column": (WEIGHT, "", "blob1", {"a": 10, "b": 10}),
    "a percentage": (percent("double1 >= 500"), "", "", {"": 5}),
    # 19 of 20 stay within 40 ms; of 3 rows, unweighed, it would be 900.
    "what 95 of 100 stay within": (p95("double2"), "", "", {"": 40}),
    "by the hour": (per_hour(), "", "", {"": 20}),
    "nothing of a kind": (WEIGHT, "double1 = 404", "", {}),
    "a percentage of nothing": (percent("double1 = 1"), "double1 = 404", "", {}),
}


@pytest.fixture
def api(tmp_path):
    file = points_file(tmp_path, POINTS)
    return SqlApi(API, ACCOUNT, TOKEN, sql_api(file))


def figure(value=WEIGHT, where="", by="", **more):
    return Figure(title="x", dataset="usage", value=value, where=where, by=by, **more)


@pytest.mark.parametrize(("value", "where", "by", "expected"), FIGURES.values(), ids=FIGURES)
def test_a_figure_weighs_what_was_sampled(api, value, where, by, expected):
    (found,) = api.readings([figure(value, where, by)], MINUTE)

    assert dict(found.values) == expected


def test_it_looks_back_as_far_as_is_asked(api):
    figures = [figure(), figure(minutes=2)]

    found = [dict(each.values)[""] for each in api.readings(figures, 2 * MINUTE)]

    assert found == [120, 10]


def test_by_the_hour_is_by_the_hour_however_long(api):
    (found,) = api.readings([figure(per_hour())], 120)

    assert dict(found.values) == {"": 60}


def test_a_dataset_that_nobody_wrote_to_has_no_data(api):
    nobody = Figure(title="x", dataset="nobody", value=WEIGHT, goal=Goal(">", Decimal(99)))

    (found,) = api.readings([nobody], MINUTE)

    assert found == Reading(nobody)
    assert datasets.missed([found]) == []


GOALS = [("<", 40, False), ("<=", 40, True), (">", 40, False), (">=", 40, True), ("<", 41, True)]


@pytest.mark.parametrize(("sign", "value", "holds"), GOALS)
def test_a_goal_holds_or_does_not(sign, value, holds):
    assert Goal(sign, Decimal(value)).holds(Decimal(40)) is holds


def test_what_is_missed_is_marked_and_said(api, capsys):
    readings = api.readings([figure(p95("double2"), unit="ms", goal=Goal("<", Decimal(40)))], 60)
    readings += api.readings([figure(goal=Goal("<", Decimal(1000)))], 60)
    console.out.print(datasets.table([*readings, Reading(figure())]))
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]

    assert datasets.missed(readings) == ["x is 40 ms, and has to be < 40"]
    assert rows == [
        ["x", "40", "ms", "<", "40", "missed"],
        ["x", "20", "<", "1,000"],
        ["x", "no", "data"],
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [("0", "0"), ("1234567.8910", "1,234,567.891"), ("100", "100"), ("0.0000058", "0.0000058")],
)
def test_a_number_is_written_for_people(value, shown):
    assert datasets.plain(Decimal(value)) == shown


SILENT = {
    "no right": (httpx.Response(403, text="{}"), r"refuses \(403\); the token needs Account Ana"),
    "no token": (httpx.Response(401, text="{}"), r"refuses \(401\); the token needs Account Ana"),
    "a mistake": (httpx.Response(422, text="Input was\n invalid"), r"\(422\): Input was invalid"),
    "no JSON": (httpx.Response(200, text="<html>"), "does not answer as Cloudflare's API v4"),
    "another shape": (httpx.Response(200, json=[1]), "does not answer as the SQL API does"),
}


@pytest.mark.parametrize(("came", "said"), SILENT.values(), ids=SILENT)
def test_what_is_not_answered_is_one_sentence(came, said):
    api = SqlApi(API, ACCOUNT, TOKEN, httpx.MockTransport(lambda _: came))

    with pytest.raises(NotAnsweredError, match=said) as raised:
        api.readings([figure()], MINUTE)
    assert TOKEN not in str(raised.value)
    assert raised.value.exit_code == 4


def test_no_answer_is_one_sentence():
    def refuse(request):
        raise httpx.ConnectError("refused", request=request)

    api = SqlApi(API, ACCOUNT, TOKEN, httpx.MockTransport(refuse))
    with pytest.raises(NotAnsweredError, match=r"does not answer \(ConnectError\)"):
        api.readings([figure()], MINUTE)


def declared():
    for system in SYSTEMS:
        settings = loaded().blocks[system.name].settings
        for board in system.dashboards(settings):
            yield from ((f"{system.name}.{board.name}", each) for each in board.figures)
        yield from ((f"{system.name} kpi", each) for each in system.kpis(settings))


@pytest.mark.parametrize(
    "each", [each for _, each in declared()], ids=[f"{a}: {b.title}" for a, b in declared()]
)
def test_what_systems_declare_is_sql_that_is_answered(tmp_path, each):
    """PA-12, PA-17: the query itself weighs what was sampled, whatever it is of."""
    file = points_file(tmp_path, [(each.dataset, 60, 3, ("x",), (200, 1))])
    found = SqlApi(API, ACCOUNT, TOKEN, sql_api(file)).readings([each], MINUTE)

    assert len(found) == 1
    assert "_sample_interval" in each.value
