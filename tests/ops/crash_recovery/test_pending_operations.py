"""What a killed run left half done becomes a state that tells the truth."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.crash_recovery.pending_operations import repair
from ops.stack.resource_lookup import Found

URN = "urn:pulumi:development::chittyos::cloudflare:index/{kind}::{name}"


def resource(name, kind="queue:Queue", **more):
    return {
        "urn": URN.format(kind=kind, name=name),
        "type": f"cloudflare:index/{kind}",
        "custom": True,
        "inputs": {"queueName": name},
        **more,
    }


def deployment(*resources, pending=()):
    return {"manifest": {"time": "x"}, "resources": list(resources), "pending_operations": pending}


def interrupted(kind, **state):
    return {"type": kind, "resource": resource(**state)}


def test_a_create_that_went_through_becomes_a_resource():
    before = deployment(resource("a", id="1"), pending=[interrupted("creating", name="b")])

    done = repair(before, lambda _: Found("real-id"))

    added = done.deployment["resources"][1]
    assert added["id"] == "real-id"
    assert added["inputs"] == {"queueName": "b"}
    assert added["outputs"] == {"queueName": "b", "id": "real-id"}
    assert done.refresh == [added["urn"]]
    assert done.said == ["Queue b was being created and exists; it was imported"]


def test_a_create_that_did_not_go_through_is_dropped():
    before = deployment(resource("a", id="1"), pending=[interrupted("creating", name="b")])

    done = repair(before, lambda _: None)

    assert done.deployment["resources"] == before["resources"]
    assert done.refresh == []
    assert done.said == ["Queue b was being created and does not exist; it is created again"]


def test_the_new_half_of_a_replacement_is_marked_for_deletion():
    before = deployment(resource("a", id="old"), pending=[interrupted("creating", name="a")])

    done = repair(before, lambda _: Found("new"))

    assert [(it["id"], it.get("delete", False)) for it in done.deployment["resources"]] == [
        ("old", False),
        ("new", True),
    ]
    assert done.refresh == []


def test_a_create_that_the_state_knows_already_is_dropped():
    before = deployment(resource("a", id="1"), pending=[interrupted("creating", name="a")])

    assert repair(before, lambda _: Found("1")).deployment["resources"] == before["resources"]


def test_what_shares_an_id_is_known_by_its_outputs():
    old = resource("a", id="account", outputs={"consumerId": "1"})
    before = deployment(old, pending=[interrupted("creating", name="a")])

    same = repair(before, lambda _: Found("account", {"consumerId": "1"})).deployment
    other = repair(before, lambda _: Found("account", {"consumerId": "2"})).deployment

    assert same["resources"] == [old]
    assert other["resources"][1]["outputs"] == {
        "queueName": "a",
        "id": "account",
        "consumerId": "2",
    }
    assert other["resources"][1]["delete"]


@pytest.mark.parametrize("kind", ["updating", "deleting", "reading"])
def test_another_step_leaves_a_resource_that_is_read_again(kind):
    known = resource("a", id="1")
    before = deployment(known, pending=[interrupted(kind, name="a")])

    done = repair(before, lambda _: pytest.fail("nothing is looked up"))

    assert done.refresh == [known["urn"]]
    assert done.said == [f"Queue a was interrupted while {kind}; it is read again"]


def test_what_is_gone_from_the_state_is_not_read():
    done = repair(deployment(pending=[interrupted("deleting", name="a")]), lambda _: None)

    assert done.refresh == []


NAMES = st.sampled_from("abcd")
STEPS = st.tuples(st.sampled_from(["creating", "updating", "deleting", "reading"]), NAMES)


@given(st.sets(NAMES), st.lists(STEPS, max_size=6), st.sets(NAMES))
def test_nothing_is_lost_and_nothing_stays_pending(known, steps, existing):
    before = deployment(
        *(resource(name, id=f"old-{name}") for name in sorted(known)),
        pending=[interrupted(kind, name=name) for kind, name in steps],
    )
    untouched = copy.deepcopy(before)

    done = repair(
        before,
        lambda it: (
            Found(f"new-{it['inputs']['queueName']}")
            if it["inputs"]["queueName"] in existing
            else None
        ),
    )

    assert before == untouched
    assert "pending_operations" not in done.deployment
    after = done.deployment["resources"]
    assert after[: len(known)] == before["resources"]
    live = [it["urn"] for it in after if not it.get("delete")]
    assert len(live) == len(set(live))
    assert set(done.refresh) <= set(live)
    created = {name for kind, name in steps if kind == "creating"}
    ids = {it["id"] for it in after}
    assert {f"new-{name}" for name in created & existing} <= ids
