"""Budgets of a stack: a forecast above one is refused, one near it is told (PA-16)."""

import pytest

from config.rules import budgets, demand
from systems.registry import SYSTEMS
from tests.config.examples import good, load, loaded, one, problems, put, source

KEY = "chittyos:budgets"
BUSY = "project_awareness:expected"


def told(**changes):
    config = loaded("production", **changes)
    settings = {name: block.settings for name, block in config.blocks.items()}
    asked = demand.total(SYSTEMS, settings, config.deployment)
    return list(budgets.told(config.deployment, asked))


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_the_budgets_are_those_of_the_source(stack):
    found = loaded(stack).deployment.budgets

    assert found.workers
    assert found.storage
    assert (found.workers.dollars, float(found.workers.tell_at)) == (500, 0.8)
    assert (found.storage.dollars, float(found.storage.tell_at)) == (200, 0.9)
    assert (found.worker_requests, found.kv_operations) == (8_000_000, 8_000_000)


def test_the_forecast_of_the_tracked_stacks_is_within_them_and_near_to_none():
    assert told() == []


def test_there_is_none_by_default():
    values = good("production")
    del values[KEY]
    wild = put(values, f"{BUSY}.requests_month", 10_000_000_000)

    assert load("production", source(wild, "production")).deployment.budgets.workers is None


def test_a_forecast_above_one_is_refused_before_anything_is_made():
    """2 billion requests beyond the free ones are $600, and as many points $500."""
    path, text = one(put(good("production"), f"{BUSY}.requests_month", 2_010_000_000), "production")

    assert path == f"{KEY}.workers"
    assert text.startswith("$1,")
    assert "a month are expected of $500 for workers" in text
    assert "Worker requests $60" in text
    assert text.endswith("; expect less, or allow more")


def test_a_forecast_of_what_lies_there_is_another():
    values = put(good("production"), f"{BUSY}.stored_bytes", 14_000_000_000_000)
    path, text = one(values, "production")

    assert path == f"{KEY}.storage"
    assert "of $200 for storage (R2 storage $210.08" in text


def test_one_that_comes_near_is_told():
    (sentence,) = told(**{BUSY: {"stored_bytes": 13_000_000_000_000}})

    assert sentence.startswith(f"{KEY}.storage: $195.08 a month are expected of $200")
    assert sentence.endswith("it is told from 90 % of it on")


def test_thresholds_of_use_are_told():
    found = told(**{BUSY: {"requests_month": 9_000_000, "kv_reads_day": 300_000}} | KV)

    assert [sentence.partition(":")[2].partition(":")[0] for sentence in found] == [
        "budgets.worker_requests",
        "budgets.kv_operations",
    ]
    assert found[0].endswith("; told from 8,000,000 on")


KV: dict[str, dict[str, int]] = {"chittyos:kv_budget": {}}
"""No budget of operations a day, which would refuse what is told of a month here."""


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("workers.dollars", 0, "more than 0"),
        ("workers.dollars", "much", "much"),
        ("storage.tell_at", 1.2, "from 0.00 to 1.00"),
        ("worker_requests", -1, "more than 0"),
        ("cloud", {"dollars": 1}, "cloud"),
    ],
)
def test_a_mistake_is_said_at_its_place(path, value, text):
    found = problems(put(good("production"), f"{KEY}.{path}", value), "production")

    assert any(where.startswith(KEY) and text in f"{where} {said}" for where, said in found), found


def test_a_forecast_of_d1_above_its_budget_is_refused_with_who_expects_it():
    """PA-16, ID-2: rows a day, from what systems expect of a month."""
    given = {**good("production"), "chittyos:d1_budget": {"rows_written_day": 0}}

    ((where, said),) = [each for each in problems(given, "production") if "d1_budget" in each[0]]

    assert where.endswith("chittyos:d1_budget.rows_written_day")
    assert " are expected and 0 allowed (" in said
    assert said.endswith("; expect less, or allow more")
