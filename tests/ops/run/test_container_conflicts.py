"""A name that a container on the engine has already stops an `up` before it (OP-1)."""

import json
from types import SimpleNamespace

import pytest
from pulumi.automation.events import EngineEvent

from ops.engine.report import Report
from ops.errors import OpsError
from ops.run import planned_run
from ops.run.container_conflicts import taken
from tests.ops.fake_engine import fake_engine
from tests.ops.preview.test_plan import state

PROVIDER = "urn:pulumi:connect::chittyos::pulumi:providers:docker::host-engine"
CONTAINER = "urn:pulumi:connect::chittyos::docker:index/container:Container::host-nginx"
NAME = "connect-live-nginx"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands in a preview for the id of what is not there yet."""

PATHS = {f"/containers/{NAME}/json": {"Id": "f" * 64}}


@pytest.fixture
def engine(tmp_path):
    with fake_engine(tmp_path / "socket", PATHS) as running:
        yield running


def report(engine, *, op="create", name=NAME, before=None, others=()):
    """Return what a preview says that gives a container a name, on an engine by a new provider.

    *others*: names of other containers that are made there. Default: none are.
    """
    made = Report()
    host = {"host": engine.address, "sshOpts": json.dumps([])}
    named = {"provider": f"{PROVIDER}::{UNKNOWN}"}
    old = None if before is None else state(CONTAINER, {"name": before}, **named)
    steps = [
        ("create", PROVIDER, None, state(PROVIDER, host)),
        (op, CONTAINER, old, state(CONTAINER, {"name": name}, **named)),
    ]
    for other in others:
        urn = f"{CONTAINER}-{other}"
        steps.append(("create", urn, None, state(urn, {"name": other}, **named)))
    for kind, urn, was, new in steps:
        step = {"op": kind, "urn": urn, "type": "", "provider": "", "old": was, "new": new}
        for event in ("resourcePreEvent", "resOutputsEvent"):
            made(EngineEvent.from_json({event: {"metadata": step}}))
    return made


def test_it_is_said_with_what_frees_the_name(engine):
    (said,) = taken(report(engine))

    assert said == (
        f"Container host-nginx: the Docker Engine at {engine.address} has a container {NAME} "
        f"already (id ffffffffffff); if nobody needs it: docker rm --force {NAME}, "
        f"else: docker rename {NAME} {NAME}-before"
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "connect-live-api"},
        {"op": "create-replacement", "before": NAME},
        {"op": "update", "before": NAME},
        {"op": "delete"},
    ],
)
def test_a_name_that_is_free_or_its_own_is_not(engine, changed):
    assert taken(report(engine, **changed)) == []


def test_a_container_that_gets_another_name_may_not_take_it_either(engine):
    renamed = {"op": "create-replacement", "before": "connect-live-old"}

    assert len(taken(report(engine, **renamed))) == 1


def test_an_engine_is_asked_for_all_of_its_names_by_one_connection(engine):
    """The way to it may be ssh."""
    engine.paths = {**PATHS, "/containers/taken-too/json": {"Id": "e" * 64}}
    said = taken(report(engine, others=("free", "taken-too")))

    assert len(said) == 2
    assert engine.connections == 1


def test_an_up_is_refused_before_anything_is_sent(engine, tmp_path):
    session = SimpleNamespace(paths=SimpleNamespace(scratch=tmp_path))
    with pytest.raises(OpsError, match=r"docker rename .*\nnothing was changed$"):
        vars(planned_run)["_taken"](session, report(engine), adopting=True)


def test_nobody_is_asked_where_no_container_is_made():
    assert taken(Report()) == []
