"""What a state says is read where it lies; the engine is asked where it does not lie plain."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from ops.crash_recovery import repair
from ops.paths import Paths
from ops.stack import state
from ops.stack.target import Target

STACK = {"urn": "urn:pulumi:development::chittyos::pulumi:pulumi:Stack::chittyos-development"}
PENDING = {"type": "creating", "resource": STACK}


@pytest.fixture
def session(tmp_path, monkeypatch) -> Any:
    """Give a session whose engine says that there is one resource; its calls are in `asked`."""
    asked: list[list[str]] = []

    def pulumi(_engine, arguments, **_):
        asked.append(arguments)
        return json.dumps({"deployment": {"resources": [{"urn": "of the engine"}]}})

    monkeypatch.setattr(state, "pulumi", pulumi)
    return SimpleNamespace(
        target=Target("development", "development", {}),
        paths=Paths(tmp_path),
        tools=SimpleNamespace(engine=SimpleNamespace(path="pulumi")),
        asked=asked,
    )


def store(session, latest, name="development.json"):
    file = session.paths.state / ".pulumi" / "stacks" / "chittyos" / name
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))


def test_a_state_on_this_machine_is_read_without_the_engine(session):
    store(session, {"resources": [STACK]})

    assert state.resources(session) == [STACK]
    assert session.asked == []


@pytest.mark.parametrize("name", ["development.json.gz", "another.json"])
def test_a_state_that_does_not_lie_plain_is_asked_of_the_engine(session, name):
    store(session, {"resources": [STACK]}, name)

    assert state.resources(session) == [{"urn": "of the engine"}]
    assert session.asked == [["stack", "export", "--stack", "development"]]


def test_the_state_of_an_account_is_asked_of_the_engine(session):
    store(session, {"resources": [STACK]}, "staging.json")
    session.target = Target("staging", "staging", {})

    assert state.resources(session) == [{"urn": "of the engine"}]


@pytest.fixture
def settled(session, monkeypatch):
    """Let the API answer, and note what the engine exports to be repaired."""
    monkeypatch.setattr(repair, "check_api", lambda _: None)
    monkeypatch.setattr(repair, "_settle", lambda *given: [f"settled {given[2]}"])
    exported = SimpleNamespace(version=3, deployment={"pending_operations": [PENDING]})
    session.stack = SimpleNamespace(export_stack=lambda: exported)
    return session


def test_a_step_that_was_not_seen_to_end_is_settled_by_what_the_engine_exports(settled):
    store(settled, {"resources": [STACK], "pending_operations": [PENDING]})

    assert repair.repair(settled) == [f"settled {{'pending_operations': [{PENDING}]}}"]


def test_nothing_is_exported_where_every_step_was_seen_to_end(settled):
    store(settled, {"resources": [STACK]})
    del settled.stack

    assert repair.repair(settled) == []
