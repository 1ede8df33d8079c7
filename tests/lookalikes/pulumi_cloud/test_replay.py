"""What a journal makes of a deployment, entry by entry, as the engine itself would read it."""

import json
from pathlib import Path

import pytest

from lookalikes.pulumi_cloud import durable_files
from lookalikes.pulumi_cloud.refusals import RefusedError
from lookalikes.pulumi_cloud.replay import replayed
from lookalikes.pulumi_cloud.urns import normalized, renamed
from tests.lookalikes.pulumi_cloud.journal import ENGINE, Journal, deployed, resource, urn


def names(deployment):
    return [each["urn"].rpartition("::")[2] for each in deployment["resources"]]


def after(journal, base=None):
    """Return the deployment that *journal* makes of *base*. Default: nothing was deployed."""
    return replayed(base or {}, json.loads(json.dumps(journal)), ENGINE)["deployment"]


def test_what_was_made_comes_before_what_was_there_and_was_not_met():
    journal = Journal().make(1, "new").succeed(2, resource("kept"), removeOld=0)

    assert names(after(journal, deployed("kept", "later"))) == ["new", "kept", "later"]


def test_a_step_that_did_not_end_is_a_pending_operation_and_stays_one():
    killed = after(Journal().make(1, "made").begin(2, "creating", "half").begin(3, "updating", "x"))

    assert names(killed) == ["made"]
    assert [each["type"] for each in killed["pending_operations"]] == ["creating", "updating"]
    next_run = after(Journal().make(1, "new"), {"version": 3, "deployment": killed})
    assert [each["type"] for each in next_run["pending_operations"]] == ["creating"]


def test_a_step_that_failed_leaves_nothing():
    made = after(Journal().begin(1, "creating", "half").add(2, 1))

    assert made["resources"] == []
    assert "pending_operations" not in made


def test_what_is_replaced_is_marked_until_it_is_deleted():
    journal = Journal().succeed(1, resource("a", id="id-new"), deleteOld=0)
    marked = after(journal, deployed("a"))
    gone = after(journal.succeed(2, removeOld=0), deployed("a"))

    assert [(e["id"], e.get("delete")) for e in marked["resources"]] == [
        ("id-new", None),
        ("id-a", True),
    ]
    assert [each["id"] for each in gone["resources"]] == ["id-new"]


def test_what_was_made_may_be_marked_changed_and_taken_away_again():
    journal = Journal().make(1, "a").make(2, "b").make(3, "c")
    journal.succeed(4, pendingReplacementNew=1).succeed(5, removeNew=2)
    journal.add(4, 6, state=resource("c", outputs={"is": "known"}), removeNew=3)

    first, last = after(journal)["resources"]

    assert first["pendingReplacement"]
    assert (last["urn"], last["outputs"]) == (urn("c"), {"is": "known"})


@pytest.mark.parametrize("kind", [3, 4])
def test_what_was_taken_away_does_not_come_back_by_what_is_said_of_it_later(kind):
    """A resource without a type or a URN would be one that no engine reads."""
    journal = Journal().make(1, "a").make(2, "b").succeed(3, removeNew=1)
    journal.succeed(4, deleteNew=1).add(kind, 5, state=resource("a"), removeNew=1)

    assert names(after(journal)) == ["b"]


def test_a_refresh_takes_what_is_gone_out_of_every_reference():
    dependent = resource("b", dependencies=[urn("a")], propertyDependencies={"of": [urn("a")]})
    base = {"version": 3, "deployment": {"resources": [resource("a"), dependent]}}
    journal = Journal().add(3, 1, removeOld=0).add(3, 2, removeOld=1, state=dependent)

    (left,) = after(journal, base)["resources"]

    assert (left["urn"], left["dependencies"], left["propertyDependencies"]) == (urn("b"), [], {})


def test_after_a_refresh_indices_count_what_it_left():
    journal = Journal().add(3, 1, removeOld=1).add(7).succeed(2, removeOld=0)

    assert names(after(journal, deployed("a", "b", "c"))) == ["c"]


def test_entries_may_come_in_any_order_and_twice():
    journal = Journal().make(1, "a").make(2, "b").succeed(3, removeNew=1)

    assert names(after([*reversed(journal), *journal])) == ["b"]


def test_providers_of_secrets_and_a_rebase_are_taken():
    service = {"type": "service", "state": {"stack": "dev"}}
    base = {"resources": [resource("z")]}
    journal = Journal().add(5, newSnapshot=base).add(6, secretsProvider=service).make(1, "a")

    made = after(journal, deployed("gone"))

    assert names(made) == ["a", "z"]
    assert made["secrets_providers"] == service


def test_a_migration_of_the_state_places_what_is_kept_and_what_is_new():
    layout = [{"stateIndex": 0}, {"baseIndex": 2}, {"baseIndex": 0}, {"baseIndex": 3}]
    patch = {"index": 0, "state": resource("a", protect=True)}
    journal = Journal().succeed(1, removeOld=2)
    journal.add(4, 3, removeOld=3, state=resource("d", outputs={"is": "known"}))
    journal.add(10, 2, version=2, layout=layout, states=[resource("n")], baseStatePatches=[patch])

    made = after(journal, deployed("a", "b", "c", "d"))

    assert names(made) == ["n", "a", "d"]
    assert made["resources"][1]["protect"]
    assert made["resources"][2]["outputs"] == {"is": "known"}


@pytest.mark.parametrize(
    "entry",
    [
        {"version": 3, "kind": 0},
        {"version": 1, "kind": 11},
        {"version": 1, "kind": 1, "removeNew": 7},
        {"version": 1, "kind": 10, "layout": [{"stateIndex": 0}], "states": [resource("n")]},
        {"version": 2, "kind": 10, "layout": [], "states": []},
        {"version": 2, "kind": 10, "layout": [{"baseIndex": 4}], "states": [{}]},
    ],
    ids=[
        "version",
        "kind",
        "unknown operation",
        "migration of the first version",
        "empty migration",
        "index that is not there",
    ],
)
def test_an_entry_that_fits_nothing_is_refused(entry):
    with pytest.raises(RefusedError):
        replayed({}, [{"sequenceID": 1, "operationID": 1, **entry}], ENGINE)


def test_a_feature_has_the_newer_version_of_the_schema():
    made = replayed({}, Journal().make(1, "a", taint=True), ENGINE)

    assert (made["version"], made["features"]) == (4, ["taint"])
    assert replayed({}, Journal().make(1, "a"), ENGINE)["version"] == 3


def test_references_follow_an_alias_and_children_their_parent():
    parent = resource("new", aliases=[urn("old")])
    child = {**resource("child"), "parent": urn("old"), "dependencies": [urn("old")]}

    _, moved = normalized({"resources": [parent, child]})["resources"]

    assert (moved["parent"], moved["dependencies"]) == (urn("new"), [urn("new")])
    assert moved["urn"] == "urn:pulumi:dev::web::test:index:Thing$test:index:Thing::child"


def test_a_renamed_stack_says_its_new_name_wherever_it_said_the_old_one():
    root = "urn:pulumi:dev::web::pulumi:pulumi:Stack::web-dev"
    child = resource("a", parent=root, provider=f"{urn('p')}::id", inputs={"text": "dev"})

    made = renamed({"resources": [{"urn": root}, child]}, ("dev", "web"), ("prod", "site"))

    top, moved = made["resources"]
    assert top["urn"] == "urn:pulumi:prod::site::pulumi:pulumi:Stack::site-prod"
    assert (moved["parent"], moved["provider"]) == (top["urn"], f"{urn('p', 'prod', 'site')}::id")
    assert moved["inputs"] == {"text": "dev"}


def test_half_a_line_that_a_power_cut_left_is_no_line(tmp_path: Path):
    file = tmp_path / "journal"
    for line in (b"zero", b"one"):
        durable_files.append(file, [line])
    file.write_bytes(file.read_bytes() + b"tw")

    assert durable_files.read_lines(file) == [b"zero", b"one"]
    durable_files.append(file, [b"three"])
    assert durable_files.read_lines(file) == [b"zero", b"one", b"three"]
    assert file.stat().st_mode & 0o777 == 0o600
