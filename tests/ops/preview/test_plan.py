"""A plan: how serious each change is, and the hash by which it is agreed to."""

import pytest
from pulumi.automation.events import EngineEvent

from ops.engine.report import Report
from ops.errors import OpsError
from ops.preview.plan import plan_of
from ops.preview.severity import Rank
from ops.run.consent import Consent, needs_consent, obtain
from ops.stack.target import Target

URN = "urn:pulumi:s::chittyos::x:y:Z$cloudflare:index/a:{}::{}"
STACK = "urn:pulumi:s::chittyos::pulumi:pulumi:Stack::chittyos-s"


def state(urn, inputs, **more):
    kind = urn.split("::")[2].rpartition("$")[2]
    fixed = {"type": kind, "urn": urn, "id": "", "parent": "", "provider": "", "outputs": {}}
    return {**fixed, "custom": True, "inputs": inputs, **more}


def step(op, kind, before=None, after=None, *, name="it", **more):
    """Make a step on a resource of *kind*; *more*: `keys`, and fields of `old` and `new`."""
    keys = list(more.get("keys", ()))
    urn = URN.format(kind, name)
    return {
        "op": op,
        "urn": urn,
        "type": "",
        "provider": "",
        "keys": keys,
        "diffs": keys,
        "old": None if before is None else state(urn, before, **more.get("old", {})),
        "new": None if after is None else state(urn, after, **more.get("new", {})),
    }


def planned(*steps):
    """Plan what *steps* do: each begins, and each ends."""
    report = Report()
    for each in steps:
        for event in ("resourcePreEvent", "resOutputsEvent"):
            report(EngineEvent.from_json({event: {"metadata": each}}))
    return plan_of(report)


def test_a_replacement_is_one_step_whatever_the_engine_calls_its_parts():
    parts = [
        step(op, "R2Bucket", {"name": "a"}, {"name": "b"}, keys=["name"])
        for op in ("create-replacement", "replace", "delete-replaced")
    ]

    (item,) = planned(*parts).items

    assert str(item).startswith("replace R2Bucket it (b): loses every object in it: name cannot")


def test_the_most_serious_stands_first():
    plan = planned(
        step("create", "Queue", None, {}, name="a"), step("delete", "R2Bucket", {}, name="z")
    )

    assert [item.rank for item in plan.items] == [Rank.LOSS, Rank.REST]


@pytest.mark.parametrize("op", ["delete", "replace", "delete-replaced"])
def test_what_is_protected_and_would_go_is_named(op):
    change = step(op, "Queue", {}, None if op == "delete" else {}, old={"protect": True})

    assert planned(change).protected == (change["urn"],)
    assert planned(step("update", "Queue", {}, {}, old={"protect": True})).protected == ()


CREATE = step("create", "Queue", None, {"queueName": "jobs", "token": "[secret]"})
OTHERS = {
    "another value": step("create", "Queue", None, {"queueName": "tasks", "token": "[secret]"}),
    "another name": step("create", "Queue", None, CREATE["new"]["inputs"], name="other"),
    "another operation": step("update", "Queue", {}, CREATE["new"]["inputs"]),
    "another difference": step(
        "create", "Queue", None, CREATE["new"]["inputs"], keys=["queueName"]
    ),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_plans_that_differ_have_different_hashes(other):
    assert planned(CREATE).digest != planned(other).digest


def test_a_hash_does_not_depend_on_the_order_in_which_the_engine_goes():
    other = step("delete", "R2Bucket", {"name": "a"}, name="b")

    assert planned(CREATE, other).digest == planned(other, CREATE).digest


def test_a_lifted_protection_and_a_new_output_are_something_to_do():
    kept = step("same", "Queue", {}, {}, old={"protect": True}, new={"protect": True})
    root = {"urn": STACK, "op": "same", "type": "", "provider": ""}

    def outputs(before, after):
        old, new = (state(STACK, {}, custom=False, outputs=each) for each in (before, after))
        return {**root, "old": old, "new": new}

    assert planned(kept, outputs({"a": 1}, {"a": 1})).empty
    assert not planned(kept, outputs({"a": 1}, {"a": 1, "b": 2})).empty
    assert not planned(step("same", "Queue", {}, {}, old={"protect": True})).empty


def test_incident_1_a_host_that_is_replaced_by_another_is_said_and_agreed_to():
    """Only the new host was listed: the old one was detached, and its record deleted."""
    gone = step("delete", "WorkersCustomDomain", {"hostname": "a.chitty.cc"}, name="w-a.chitty.cc")
    new = step(
        "create", "WorkersCustomDomain", None, {"hostname": "b.chitty.cc"}, name="w-b.chitty.cc"
    )

    plan = planned(gone, new)

    assert [item.why for item in plan.of(Rank.EXPOSURE)] == [
        "closes a.chitty.cc, which stops answering",
        "opens b.chitty.cc",
    ]
    assert plan.serious
    production = Target("production", "production", {})
    assert needs_consent(production, plan)
    with pytest.raises(OpsError, match=f"changes who gets in; .* --accept {plan.digest}"):
        obtain(production, plan, Consent(yes=True))
    obtain(production, plan, Consent(accept=plan.digest))


@pytest.mark.parametrize(
    ("kind", "on", "off"),
    [
        ("WorkersScriptSubdomain", {"enabled": True}, {"enabled": False}),
        ("Worker", {"subdomain": {"enabled": True}}, {"subdomain": {"enabled": False}}),
    ],
)
def test_incident_2_workers_dev_that_goes_with_a_new_host_is_said(kind, on, off):
    """A custom domain was added, and workers.dev was switched off, which clients used."""
    new = step("create", "WorkersCustomDomain", None, {"hostname": "a.chitty.cc"}, name="w-a")

    plan = planned(step("update", kind, on, off), new)

    assert "closes workers.dev" in [item.why for item in plan.of(Rank.EXPOSURE)]
    assert plan.serious
