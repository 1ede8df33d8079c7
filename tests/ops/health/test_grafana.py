"""Dashboards for Grafana: each query is one that the SQL API answers (PA-12)."""

import copy
import json
import re
from decimal import Decimal

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from ops.errors import OpsError
from ops.health import grafana
from planning.figures import WEIGHT, Dashboard, Figure, Goal, per_hour
from systems.registry import SYSTEMS
from tests.config.examples import loaded
from tests.support_points import NOW, answer, points_file

BY = Figure(title="requests", dataset="usage", value=per_hour(), by="blob1", unit="an hour")
ONE = Figure(
    title="share",
    dataset="usage",
    value=WEIGHT,
    where="blob1 = 'a' OR blob1 = 'b'",
    unit="%",
    goal=Goal(">", Decimal(99)),
)
BOARD = Dashboard("use", "Use", (BY, ONE))


def expanded(query, *, interval=600):
    """Write *query* as the plugin sends it: its macros by the column of the time."""
    start = int(NOW.timestamp()) - 3600
    macros = {
        "$timeSeries": f"(intDiv(toUInt32(timestamp), {interval}) * {interval}) * 1000",
        "$timeFilter": (
            f"timestamp >= toDateTime({start}) AND timestamp <= toDateTime({start + 3600})"
        ),
        "$interval": str(interval),
    }
    for name, value in macros.items():
        query = query.replace(name, value)
    return f"{query} FORMAT JSON"


def rows(file, figure):
    return json.loads(answer(file, expanded(figure.line())))["data"]


def test_a_line_is_a_row_for_each_interval_and_label(tmp_path):
    points = [
        ("usage", 1000, 6, ("a",), ()),
        ("usage", 990, 4, ("a",), ()),
        ("usage", 10, 5, ("b",), ()),
        ("usage", 4000, 7, ("a",), ()),
    ]
    found = rows(points_file(tmp_path, points), BY)
    end = int(NOW.timestamp())

    assert found == [
        {"t": str((end - 1200) * 1000), "label": "a", "value": 60.0},
        {"t": str((end - 600) * 1000), "label": "b", "value": 30.0},
    ]


def test_its_conditions_hold_within_the_time_alone(tmp_path):
    points = [("usage", 60, 2, ("b",), ()), ("usage", 7200, 9, ("b",), ())]

    assert [row["value"] for row in rows(points_file(tmp_path, points), ONE)] == ["2"]


def dashboards():
    for system in SYSTEMS:
        for each in system.dashboards(loaded().blocks[system.name].settings):
            yield system.name, each


@pytest.mark.parametrize(
    ("system", "board"), [*dashboards()], ids=lambda it: getattr(it, "name", it)
)
def test_every_query_of_a_system_is_answered(tmp_path, system, board):
    made = grafana.document("staging", system, board)
    for panel in made["panels"]:
        (target,) = panel["targets"]
        file = points_file(tmp_path, [(target["table"], 60, 3, ("x",), (200, 1))])
        json.loads(answer(file, expanded(target["query"])))
        file.unlink()

        assert "$timeFilter" in target["query"]
        assert target["dateTimeColDataType"] == "timestamp"


def lost(given, kept, path=""):
    """Name everything of *given* that is not in *kept* as well."""
    if isinstance(given, dict) and isinstance(kept, dict):
        return [one for key in given for one in lost(given[key], kept.get(key), f"{path}.{key}")]
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        pairs = enumerate(zip(given, kept, strict=True))
        return [one for index, (a, b) in pairs for one in lost(a, b, f"{path}[{index}]")]
    return [] if given == kept else [path]


@pytest.mark.parametrize(
    ("system", "board"), [*dashboards()], ids=lambda it: getattr(it, "name", it)
)
def test_grafanas_own_model_knows_every_field(system, board):
    """What its SDK does not know it leaves out, so nothing may be missing of what it writes."""
    made = grafana.document("staging", system, board)
    read = json.loads(JSONEncoder().encode(model.Dashboard.from_json(copy.deepcopy(made))))

    assert lost(made, read) == []
    assert lost({**made, "refreshh": "1m"}, read) == [".refreshh"]


def test_a_file_is_what_grafana_imports(tmp_path):
    """By its JSON reference: a uid of 40 characters at most, panels that do not overlap."""
    (path,) = grafana.write(tmp_path / "new", "staging", [("a_system", BOARD)])
    made = json.loads(path.read_text())
    places = [tuple(panel["gridPos"][each] for each in "xywh") for panel in made["panels"]]

    assert path.name == "staging-a_system-use.json"
    assert made["title"] == "Use (staging)"
    assert re.fullmatch(r"[\w-]{1,40}", made["uid"])
    assert [panel["id"] for panel in made["panels"]] == [1, 2]
    assert places == [(0, 0, 12, 8), (12, 0, 12, 8)]
    assert {panel["datasource"]["uid"] for panel in made["panels"]} == {"${datasource}"}
    assert made["templating"]["list"][0]["query"] == "vertamedia-clickhouse-datasource"


def test_dashboards_of_a_long_name_do_not_replace_each_other():
    """At its import Grafana takes two files with one uid for one dashboard."""
    stack = "development-of-somebody-1"
    uids = {
        grafana.document(stack, "project_awareness", Dashboard(name, name, BOARD.figures))["uid"]
        for name in ("performance", "security")
    }

    assert len(uids) == 2
    assert all(re.fullmatch(r"[\w-]{1,40}", uid) for uid in uids)


@pytest.mark.parametrize(("sign", "colours"), [("<", ["green", "red"]), (">", ["red", "green"])])
def test_a_threshold_is_red_where_the_goal_is_missed(sign, colours):
    figure = Figure(title="x", dataset="d", value=WEIGHT, goal=Goal(sign, Decimal("0.1")))
    made = grafana.document("s", "a", Dashboard("x", "X", (figure,)))["panels"][0]
    steps = made["fieldConfig"]["defaults"]["thresholds"]["steps"]

    assert [step["color"] for step in steps] == colours
    assert [step["value"] for step in steps] == [None, 0.1]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(OpsError, match=r"file cannot be written: .*; name a folder"):
        list(grafana.write(tmp_path / "file", "staging", [("a", BOARD)]))
