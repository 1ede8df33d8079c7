"""A number is written as a number: what Python would count with is not enough."""

from decimal import Decimal

import pytest

from config import ConfigError, from_file
from config.generated.json_schema import stack_schema
from systems.registry import SYSTEMS
from tests.config.examples import connect, good, load, one, put, source, written
from tests.systems.onepassword_connect import examples as connect_host

SCHEMA = stack_schema(SYSTEMS)


def fields(schema, path):
    """Give path and schema of every field below one that is a mapping."""
    reference = schema.get("$ref") or next(
        (s["$ref"] for s in schema.get("anyOf", ()) if "$ref" in s), ""
    )
    found = SCHEMA["$defs"].get(reference.rpartition("/")[2], {})
    yield path, schema
    for name, inner in found.get("properties", {}).items():
        yield from fields(inner, f"{path}.{name}")


def places(*, of):
    """List the fields that hold what *of* is, a type of JSON Schema."""
    keys = SCHEMA["properties"]["config"]["properties"]
    found = [pair for key, schema in keys.items() for pair in fields(schema, key)]
    return [
        path
        for path, schema in found
        if of in [schema.get("type"), *(each.get("type") for each in schema.get("anyOf", ()))]
        or of in (schema.get("type") or ())
    ]


WHOLE = places(of="integer")
SHARES = places(of="number")
NO_WHOLE = [True, False, "60", "many", 60.0, 60.5, float("nan"), float("inf"), [60], {"a": 60}]


def test_the_fields_of_the_tests_are_found():
    assert "chittyconnect:worker.cpu_ms" in WHOLE
    assert len(WHOLE) == len({*WHOLE}) > 14
    assert SHARES == [
        "chittyos:budgets.workers.tell_at",
        "chittyos:budgets.storage.tell_at",
        "chittyos:budgets.models.tell_at",
        "chittyconnect:worker.observability.sampling",
        "chittyconnect:rollout.percentage",
        "chittyconnect:rollout.previous.percentage",
        "chittyid:worker.observability.sampling",
        "project_awareness:worker.observability.sampling",
        "project_awareness:thresholds.errors",
        "project_awareness:watch.worker.observability.sampling",
        "project_awareness:watch.alerts.errors_page_percent",
        "project_awareness:watch.alerts.errors_warn_percent",
        "superinstance:router.worker.observability.sampling",
        "superinstance:billing.worker.observability.sampling",
        "superinstance:session_state.worker.observability.sampling",
        "superinstance:sync.worker.observability.sampling",
    ]


def refused(path, value):
    """Load a stack that has what *path* is a part of, with *value* there: one thing is wrong."""
    if not path.startswith("onepassword_connect:"):
        return one(put(good(), path, value))
    with pytest.raises(ConfigError) as raised:
        connect_host.load(put(connect_host.values(), path, value))
    (problem,) = raised.value.problems
    return problem.path, problem.text


NOT_SHOWN: dict[type, str] = {list: "a list (not shown)", dict: "keys with values (not shown)"}


@pytest.mark.parametrize("value", NO_WHOLE, ids=repr)
@pytest.mark.parametrize("path", WHOLE)
def test_what_is_no_whole_number_is_refused_where_one_has_to_be(path, value):
    shown = NOT_SHOWN.get(type(value), repr(value))
    assert refused(path, value) == (path, f"{shown} is refused: it is a whole number")


@pytest.mark.parametrize("path", WHOLE)
def test_a_number_that_no_worker_could_count_to_is_refused(path):
    where, text = refused(path, 10**20)

    assert where == path
    assert text.endswith(" or less")


@pytest.mark.parametrize(
    "value", [True, False, "true", float("nan"), "NaN", float("inf"), [0.1]], ids=repr
)
@pytest.mark.parametrize("path", SHARES)
def test_what_is_no_share_is_refused_where_one_has_to_be(path, value):
    rollout = put(good(), "chittyconnect:rollout.previous", {"percentage": 0})
    budgets = {
        "workers": {"dollars": 500},
        "storage": {"dollars": 200},
        "models": {"dollars": 20_000},
    }

    where, text = one(put(put(rollout, "chittyos:budgets", budgets), path, value))
    assert where == path
    assert "number" in text


@pytest.mark.parametrize("value", [0.1, "0.10", "0.1"])
def test_a_share_may_be_text_as_the_engine_writes_it(value):
    rollout = {"percentage": value}

    assert load("development", source(put(good(), "chittyconnect:rollout", rollout))).blocks[
        "chittyconnect"
    ].settings.rollout.share == Decimal("0.10")


@pytest.mark.parametrize("value", [True, 0, 5, 1_700_000_000, 5.5, "5", "1700000000", ""], ids=repr)
@pytest.mark.parametrize("path", ["since", "previous.since"])
def test_a_moment_is_no_number(path, value):
    values = put(good(), "chittyconnect:rollout.previous", {"percentage": 0})

    where, text = one(put(values, f"chittyconnect:rollout.{path}", value))
    assert where == f"chittyconnect:rollout.{path}"
    assert text == f"{value!r} is refused: it is a time with time zone (2026-11-21T10:00:00Z)"


WRITTEN = {"10000": 10_000, "10_000": 10_000, "+10000": 10_000, "0x10": 16}


@pytest.mark.parametrize(("text", "number"), WRITTEN.items())
def test_a_number_may_be_written_as_yaml_has_it(tmp_path, text, number):
    path = tmp_path / "Pulumi.development.yaml"
    path.write_text(written().replace("cpu_ms: 10000\n", f"cpu_ms: {text}\n"))

    assert connect(load("development", from_file(path))).worker.cpu_ms == number
