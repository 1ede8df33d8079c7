"""A state cut in two: every resource is in one half, and what needs each other stays together."""

import pytest

from ops.errors import OpsError
from ops.stack_split.state_split import cut, others

ROOT = "urn:pulumi:staging::chittyos::pulumi:pulumi:Stack::chittyos-staging"
PLATFORM = "urn:pulumi:staging::chittyos::chittyos:system:Platform::platform"
PROVIDER = "urn:pulumi:staging::chittyos::pulumi:providers:cloudflare::default"
BELOW = "urn:pulumi:staging::chittyos::chittyos:system:Platform$chittyos:system"
ADDRESSES = [{"system": "one", "host": "one.example"}, {"system": "two", "host": "two.example"}]
SECRET = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "v1",
}


def resource(urn, **given):
    return {"urn": urn, "type": urn.split("::")[2].rpartition("$")[2], **given}


def store(system, **given):
    urn = f"{BELOW}:System$cloudflare:index/workersKvNamespace:WorkersKvNamespace::{system}-kv"
    parent = f"{BELOW}:System::{system}"
    return resource(urn, custom=True, id=f"{system}-id", parent=parent, **given)


def deployment(*, of_one=None, **rest):
    """Return a state of two systems with a store each."""
    outputs = {"addresses": ADDRESSES}
    return {
        "secrets_providers": {"type": "passphrase", "state": {"salt": "s"}},
        "resources": [
            resource(ROOT, outputs=outputs),
            resource(PROVIDER, custom=True, id="p"),
            resource(PLATFORM, parent=ROOT, outputs=outputs),
            resource(f"{BELOW}:System::one", parent=PLATFORM),
            store("one", provider=f"{PROVIDER}::p", outputs={"secret": SECRET}, **(of_one or {})),
            resource(f"{BELOW}:System::two", parent=PLATFORM),
            store("two", provider=f"{PROVIDER}::p"),
        ],
        **rest,
    }


def urns(half):
    return [each["urn"] for each in half["resources"]]


def test_what_is_below_a_system_moves_and_all_else_stays():
    halves = cut(deployment(), "staging", "staging-two", ["two"])

    assert halves.urns == (f"{BELOW}:System::two", store("two")["urn"])
    assert not {*halves.urns} & {*urns(halves.kept)}
    assert {*urns(halves.kept), *halves.urns} == {*urns(deployment())}


def test_the_new_half_is_of_the_new_stack_with_ids_and_secrets_as_they_were():
    halves = cut(deployment(), "staging", "staging-one", ["one"])

    moved = halves.moved["resources"]
    assert [each["urn"].split("::")[0] for each in moved] == ["urn:pulumi:staging-one"] * 5
    assert moved[0]["urn"].endswith("::chittyos-staging-one")
    assert moved[-1]["id"] == "one-id"
    assert moved[-1]["outputs"] == {"secret": SECRET}
    assert moved[-1]["provider"] == f"{moved[1]['urn']}::p"
    assert halves.moved["secrets_providers"] == deployment()["secrets_providers"]
    assert "urn:pulumi:staging::" not in str(halves.moved)


def test_each_half_answers_at_its_own_addresses():
    halves = cut(deployment(), "staging", "staging-two", ["two"])

    for half, system in ((halves.kept, "one"), (halves.moved, "two")):
        found = [e["outputs"]["addresses"] for e in half["resources"] if "addresses" in str(e)]
        assert [[each["system"] for each in listed] for listed in found] == [[system]] * 2


def halves():
    return cut(deployment(), "staging", "staging-two", ["two"])


def test_a_stack_that_has_its_half_already_has_nothing_else():
    """FW-4: a run that was stopped goes on, whatever an up has made new beside the half since."""
    there = [*halves().moved["resources"], resource("urn:pulumi:staging-two::chittyos::a:b:C::new")]

    assert list(others(halves(), there)) == []


CHANGES = {"one that is not there": None, "another store of its name": {"id": "another"}}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_not_the_half_of_the_state_is_named(change):
    """FW-4: else the old stack would forget what the new one does not have."""
    *rest, last = halves().moved["resources"]

    there = [*rest, {**last, **change}] if change else rest

    assert list(others(halves(), there)) == ["WorkersKvNamespace two-kv"]


NEEDS = {
    "dependency": {"dependencies": [store("two")["urn"]]},
    "property": {"propertyDependencies": {"title": [store("two")["urn"]]}},
    "deletion": {"deletedWith": store("two")["urn"]},
}


@pytest.mark.parametrize("needs", NEEDS.values(), ids=NEEDS)
@pytest.mark.parametrize("moving", ["one", "two"])
def test_systems_that_need_each_other_are_not_parted(needs, moving):
    with pytest.raises(OpsError, match="WorkersKvNamespace one-kv needs WorkersKvNamespace two-kv"):
        cut(deployment(of_one=needs), "staging", "another", [moving])


UNFINISHED = {
    "an operation": deployment(pending_operations=[{"type": "creating"}]),
    "a deletion": deployment(of_one={"delete": True}),
}


@pytest.mark.parametrize("state", UNFINISHED.values(), ids=UNFINISHED)
def test_a_state_that_an_up_has_not_finished_is_not_cut(state):
    with pytest.raises(OpsError, match="first: python -m ops up staging"):
        cut(state, "staging", "another", ["two"])
