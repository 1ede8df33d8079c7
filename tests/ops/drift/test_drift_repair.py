"""What is harmless goes back by a plan that changes nothing else, or not at all."""

from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.automation.events import EngineEvent

from ops.drift import drift_repair
from ops.engine.report import Report
from ops.errors import OpsError
from ops.preview.input_differences import compare
from ops.run import operations
from tests.ops.preview.test_plan import state

URN = "urn:pulumi:live::chittyos::cloudflare:index/queue:Queue::jobs"
SLOWED, AS_BEFORE = ({"settings": {"deliveryDelay": it}} for it in (7, 0))
HARMLESS = {URN: compare(AS_BEFORE, SLOWED)}


@pytest.fixture
def engine(monkeypatch):
    """Give an engine whose plan is `planned`; what it brought up is in `done`."""
    made: Any = SimpleNamespace(planned=Report(), done=[])

    def up(_session, only, *, refreshed):
        made.done.append((only, refreshed))

    monkeypatch.setattr(operations, "preview", lambda *_, **__: made.planned)
    monkeypatch.setattr(operations, "up", up)
    return made


def step(op, *, diffs, old=SLOWED, new=AS_BEFORE, **more):
    metadata = {
        "op": op,
        "urn": URN,
        "type": "",
        "provider": "",
        "diffs": diffs,
        "old": state(URN, old),
        "new": state(URN, new),
        **more,
    }
    return EngineEvent.from_json({"resourcePreEvent": {"metadata": metadata}})


def test_nothing_harmless_runs_nothing(engine):
    assert drift_repair.repair(engine, {}) == []
    assert engine.done == []


def test_an_update_of_the_attribute_alone_is_made_from_what_is_there(engine):
    engine.planned(step("update", diffs=["settings"]))

    assert drift_repair.repair(engine, HARMLESS) == [URN]
    assert engine.done == [([URN], True)]


@pytest.mark.parametrize(
    ("planned", "what"),
    [
        ({"new": {"settings": {"deliveryDelay": 3}}}, r"settings\.deliveryDelay"),
        ({"new": {"settings": {"deliveryDelay": 0, "retention": 9}}}, r"settings\.retention"),
        (
            {"detailedDiff": {"settings.token": {"diffKind": "update", "inputDiff": True}}},
            r"settings\.token",
        ),
    ],
    ids=["another value", "beside it", "a secret beside it"],
)
def test_what_the_program_has_and_was_not_brought_up_is_not_brought_up(engine, planned, what):
    engine.planned(step("update", diffs=["settings"], **planned))

    with pytest.raises(OpsError, match=rf"\({what}\); nothing was changed"):
        drift_repair.repair(engine, HARMLESS)
    assert engine.done == []


@pytest.mark.parametrize(
    ("op", "diffs", "what"),
    [
        ("update", ["settings", "queueName"], "queueName"),
        ("replace", ["settings"], "replace"),
        ("delete", [], "delete"),
    ],
)
def test_a_plan_that_changes_more_is_refused_with_what(engine, op, diffs, what):
    engine.planned(step(op, diffs=diffs))

    with pytest.raises(OpsError, match=rf"\({what}\); nothing was changed") as refused:
        drift_repair.repair(engine, HARMLESS)
    assert "python -m ops preview live --refresh" in str(refused.value)
    assert engine.done == []
