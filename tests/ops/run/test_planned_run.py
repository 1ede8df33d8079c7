"""What stops an `up` between its preview and the first change, case by case, without an engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.automation.events import EngineEvent

from ops.engine.report import Report
from ops.errors import OpsError
from ops.paths import Paths
from ops.run import operations, planned_run
from ops.run.consent import NONE, Consent
from ops.stack.target import Target

PACK = f"chittyos|local|{Paths().policies}"
SCRIPT = "urn:pulumi:s::chittyos::cloudflare:index/workersScript:WorkersScript::edge"


def script(before, after, differs):
    """Make the metadata of an update of a script."""
    fixed = {"type": "", "urn": SCRIPT, "id": "", "parent": "", "provider": "", "outputs": {}}
    old, new = ({**fixed, "custom": True, "inputs": inputs} for inputs in (before, after))
    diff = {path: {"diffKind": "update", "inputDiff": True} for path in differs}
    step = {"op": "update", "urn": SCRIPT, "type": "", "provider": "", "old": old, "new": new}
    return {**step, "detailedDiff": diff}


def report(*steps, packs=(PACK,), **more):
    made = Report(**more)
    for step in steps:
        made(EngineEvent.from_json({"resourcePreEvent": {"metadata": step}}))
    made.packs = list(packs)
    return made


MIGRATES = script({}, {"migrations": {"newTag": "v1", "steps": []}}, ["migrations"])
SETTLES = script({"migrations": {"newTag": "v1"}}, {}, ["migrations.newTag"])
MORE = script({"migrations": {"newTag": "v1"}, "a": 1}, {"a": 2}, ["migrations", "a"])


@pytest.fixture
def ups():
    """Gather the ups that run, each as the URNs it is for; `None`: all."""
    return []


@pytest.fixture
def engine(monkeypatch, ups):
    """Let previews say what is given, one after another, and return which ups ran."""
    ended: list[Report] = []
    failing: list[OpsError] = []

    def run(environment, *previews, done=None, failures=()):
        waiting = list(previews)
        failing[:] = failures
        monkeypatch.setattr(operations, "preview", lambda *_, **__: waiting.pop(0))
        monkeypatch.setattr(operations, "up", up)
        ended.append(done or report())
        tools = SimpleNamespace(pack=lambda paths: paths.policies)
        session: Any = SimpleNamespace(
            target=Target("s", environment, {}), paths=Paths(), tools=tools
        )
        try:
            planned_run.up(session, Consent(yes=True))
        finally:
            assert waiting == []
        return ups

    def up(_session, only=None):
        ups.append(only)
        if failing:
            raise OpsError(failing.pop(0))
        return ended[-1]

    return run


STOPS = {
    "no policy": (report(MIGRATES, packs=()), "no policy has judged the plan"),
    "another pack": (report(MIGRATES, packs=["x|local|/elsewhere"]), "no policy has judged"),
    "a violation": (report(MIGRATES, violations=["rule: it"]), "stopped by policy"),
    "an error": (report(MIGRATES, errors=["it broke"]), "it broke"),
    "a failure": (report(MIGRATES, failure="it ended"), "it ended"),
}


@pytest.mark.parametrize(("said", "why"), STOPS.values(), ids=STOPS)
@pytest.mark.parametrize("environment", ["development", "production"])
def test_nothing_runs_after_a_preview_that_is_not_sound(engine, ups, said, why, environment):
    with pytest.raises(
        OpsError, match=f"(?s){why}.*nothing was changed|nothing was changed.*{why}"
    ):
        engine(environment, said)

    assert ups == []


def test_a_pack_below_a_long_path_is_known_by_its_ends(engine):
    *_, root, folder = Paths().policies.parts
    change = report(MIGRATES, packs=[f"chittyos|local|/a/.../{root}/{folder}"])

    assert engine("development", change)


def test_a_laptop_plans_once_and_production_twice(engine):
    change = script({"a": 1}, {"a": 2}, ["a"])

    assert engine("development", report(change)) == [None]
    assert engine("production", report(change), report(change)) == [None, None]


def test_a_second_plan_that_is_another_stops_it(engine, ups):
    with pytest.raises(OpsError, match="the program never gives the same twice"):
        engine("production", report(SETTLES), report(MORE))

    assert ups == []


def test_a_script_that_was_migrated_is_uploaded_again_alone(engine):
    migrated = report(MIGRATES)

    assert engine("development", migrated, done=migrated) == [None, [SCRIPT]]


def test_in_production_a_preview_shows_first_that_only_the_migrations_leave(engine, ups, capsys):
    migrated = report(MIGRATES)

    assert engine("production", migrated, migrated, report(SETTLES), done=migrated)[1:] == [
        [SCRIPT]
    ]

    ups.clear()
    assert engine("production", migrated, migrated, report(MORE), done=migrated) == [None]
    assert "not done yet: python -m ops up s" in capsys.readouterr().err


REFUSED = 'WorkersScript edge: 400 Bad Request {"errors":[{"code":10023,"message":"KV"}]}'


@pytest.mark.parametrize(
    ("failures", "tries"),
    [
        ([REFUSED], 2),
        ([REFUSED, REFUSED], 2),
        (["WorkersScript edge: 400 code 10021"], 1),
        ([], 1),
    ],
    ids=["at random", "each time", "for another reason", "not at all"],
)
def test_incident_23_a_script_refused_at_random_is_tried_once_more(
    engine, ups, capsys, failures, tries
):
    """workers-sdk#13828: a PUT answered 10023, and 200 when it was sent again; once, and said."""
    change = report(script({"a": 1}, {"a": 2}, ["a"]))

    if tries > len(failures):
        engine("development", change, failures=failures)
    else:
        with pytest.raises(OpsError, match="WorkersScript edge: 400"):
            engine("development", change, failures=failures)
    assert len(ups) == tries
    assert ("tried once more" in capsys.readouterr().err) == (tries > 1)


def test_what_a_try_has_migrated_before_it_was_refused_is_settled_as_well(engine):
    """The second try does the rest alone, and says nothing of the script that was migrated."""
    other = {**script({"a": 1}, {"a": 2}, ["a"]), "urn": f"{SCRIPT}-2"}

    ran = engine("development", report(MIGRATES, other), done=report(other), failures=[REFUSED])

    assert ran == [None, None, [SCRIPT]]


def test_nobody_is_asked_about_what_changes_nothing(engine, capsys):
    assert engine("production", report()) == []
    assert capsys.readouterr().out == "no changes\n"


def test_the_default_agrees_to_nothing():
    assert Consent(yes=False, accept=None) == NONE


def test_what_was_done_and_not_planned_is_an_error(engine):
    change = script({"a": 1}, {"a": 2}, ["a"])
    more = report(change, {**change, "urn": f"{SCRIPT}-2"})

    with pytest.raises(OpsError, match="more than it: update WorkersScript edge-2"):
        engine("production", report(change), report(change), done=more)


DELETES = {**script({"a": 1}, {}, []), "op": "delete"}


@pytest.mark.parametrize(
    ("steps", "done"), [((DELETES,), ["begun", "destroyed", "ended"]), ((), ["destroyed"])]
)
def test_an_end_is_noted_around_what_it_deletes_and_not_where_nothing_is(monkeypatch, steps, done):
    did: list[str] = []

    @contextmanager
    def around(_: Any) -> Iterator[None]:
        did.append("begun")
        yield
        did.append("ended")

    def destroy(_: Any) -> Any:
        did.append("destroyed")
        return report(*steps)

    monkeypatch.setattr(planned_run, "check_api", lambda _: None)
    monkeypatch.setattr(operations, "preview_destroy", lambda _: report(*steps))
    monkeypatch.setattr(operations, "destroy", destroy)
    session: Any = SimpleNamespace(target=Target("s", "development", {}), paths=Paths())

    planned_run.destroy(session, Consent(yes=True), around=around)

    assert did == done
