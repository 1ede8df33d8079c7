"""A plan: how serious each change is, and the hash by which it is agreed to."""

import pytest
from pulumi.automation.events import EngineEvent

from ops.engine.report import Report
from ops.errors import OpsError
from ops.preview.plan import plan_of
from ops.preview.ranking import Rank
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


SERVICE = "ZeroTrustAccessServiceToken"
ONE = {"name": "a", "clientSecretVersion": 1}
TWO = {"clientSecretVersion": 2, "previousClientSecretExpiresAt": "2026-12-24T00:00:00Z"}
OBJECTS = {"bindings": [{"type": "durable_object_namespace", "className": "A"}]}
FOREIGN = {"bindings": [{"type": "durable_object_namespace", "scriptName": "other"}]}
PURGE = {
    "rules": [{"enabled": True, "deleteObjectsTransition": {"condition": {}}}],
    "bucketName": "docs",
}
OFF = {
    "rules": [{"enabled": False, "deleteObjectsTransition": {"condition": {}}}],
    "bucketName": "docs",
}
FILES = {"files": [{"name": "001.sql", "sql": "CREATE TABLE a (b)"}]}
DROPS = {"files": [*FILES["files"], {"name": "002.sql", "sql": "drop  table a"}]}
GROWS = {"files": [*FILES["files"], {"name": "002.sql", "sql": "ALTER TABLE a ADD c"}]}
HOST = {"hostname": "a.example"}
LIVE = {"Old": {"type": "durable-object", "state": "created", "storage": "sqlite"}}
RENAMED = {
    "Old": {"type": "durable-object", "state": "renamed", "renamedTo": "New"},
    "New": LIVE["Old"],
}
DELETED = {"Old": {"type": "durable-object", "state": "deleted"}}

RANKED = [
    (Rank.LOSS, "loses every object in it", step("delete", "R2Bucket", {})),
    (Rank.LOSS, "name cannot be changed in place", step("replace", "Queue", {}, {}, keys=["name"])),
    (Rank.LOSS, "the storage of its Durable", step("delete", "WorkersScript", OBJECTS)),
    (Rank.LOSS, "the storage of its Durable", step("delete", "WorkersScript", {"bindings": "?"})),
    (Rank.INTERRUPTION, "stops", step("delete", "WorkersScript", FOREIGN)),
    (Rank.REST, "managed no longer", step("delete", "R2Bucket", {}, old={"retainOnDelete": True})),
    (
        Rank.REST,
        "managed no longer",
        step("delete", "WorkersScript", OBJECTS, old={"retainOnDelete": True}),
    ),
    (Rank.LOSS, "within a day", step("update", "R2BucketLifecycle", OFF, PURGE)),
    (Rank.REST, "", step("update", "R2BucketLifecycle", PURGE, OFF)),
    (Rank.LOSS, "a migration says DROP TABLE", step("update", "D1Migrations", FILES, DROPS)),
    (Rank.ONCE, "applies 002.sql", step("update", "D1Migrations", FILES, GROWS)),
    (Rank.REST, "", step("update", "D1Migrations", DROPS, DROPS)),
    (Rank.EXPOSURE, "opens a.example", step("create", "WorkersCustomDomain", None, HOST)),
    (Rank.EXPOSURE, "closes a.example", step("delete", "WorkersCustomDomain", HOST)),
    (
        Rank.EXPOSURE,
        "closes a.example, which stops answering; opens b.example",
        step("replace", "WorkersCustomDomain", HOST, {"hostname": "b.example"}, keys=["hostname"]),
    ),
    (
        Rank.EXPOSURE,
        "changes what answers at a.example",
        step("update", "WorkersCustomDomain", {**HOST, "service": "a"}, {**HOST, "service": "b"}),
    ),
    (
        Rank.EXPOSURE,
        "opens workers.dev",
        step("update", "WorkersScriptSubdomain", {"enabled": False}, {"enabled": True}),
    ),
    (Rank.REST, "", step("create", "WorkersScriptSubdomain", None, {"enabled": False})),
    (
        Rank.EXPOSURE,
        "opens workers.dev, opens preview addresses",
        step(
            "update",
            "Worker",
            {"subdomain": {"enabled": False, "previewsEnabled": False}},
            {"subdomain": {"enabled": True, "previewsEnabled": True}},
        ),
    ),
    (
        Rank.EXPOSURE,
        "closes workers.dev",
        step("update", "Worker", {"subdomain": {"enabled": True}}, {"name": "a"}),
    ),
    (Rank.REST, "", step("delete", "Worker", {"name": "a"})),
    (
        Rank.LOSS,
        "loses the storage of its Durable Objects",
        step("delete", "Worker", {"name": "a"}, old={"protect": True}),
    ),
    (Rank.REST, "", step("replace", "WorkerVersion", {}, {"mainModule": "a"})),
    (
        Rank.ONCE,
        "declares Durable Objects, which cannot be taken back: Old renamed, New created",
        step("replace", "WorkerVersion", {"exports": LIVE}, {"exports": RENAMED}),
    ),
    (Rank.REST, "", step("replace", "WorkerVersion", {"exports": RENAMED}, {"exports": RENAMED})),
    (
        Rank.LOSS,
        "loses every object of Old",
        step("replace", "WorkerVersion", {"exports": LIVE}, {"exports": DELETED}),
    ),
    (
        Rank.INTERRUPTION,
        "another version of the script takes over",
        step("replace", "WorkersDeployment", {}, {}),
    ),
    (Rank.EXPOSURE, "closes the bucket's", step("delete", "R2ManagedDomain", {"enabled": True})),
    (Rank.EXPOSURE, "may open", step("update", "ZeroTrustAccessPolicy", {}, {})),
    (Rank.ONCE, "one before is taken until 2026", step("update", SERVICE, ONE, {**ONE, **TWO})),
    (Rank.EXPOSURE, "may open", step("update", SERVICE, ONE, {**ONE, **TWO, "duration": "9h"})),
    (Rank.REST, "", step("create", "ZeroTrustAccessPolicy", None, {})),
    (
        Rank.ONCE,
        "migrates Durable Objects to v2",
        step("update", "WorkersScript", {}, {"migrations": {"newTag": "v2", "steps": [{}]}}),
    ),
    (
        Rank.LOSS,
        "loses every object of Old",
        step(
            "update",
            "WorkersScript",
            {},
            {"migrations": {"newTag": "v3", "steps": [{"deletedClasses": ["Old"]}]}},
        ),
    ),
    (Rank.INTERRUPTION, "its WebSockets end", step("update", "WorkersScript", {}, {})),
    (Rank.INTERRUPTION, "deliveries pause", step("update", "QueueConsumer", {}, {})),
    (
        Rank.LOSS,
        "its protection is lifted",
        step("update", "Queue", {"a": 1}, {"a": 2}, old={"protect": True}),
    ),
    (
        Rank.LOSS,
        "its protection is lifted",
        step("same", "Queue", {}, {}, old={"protect": True}),
    ),
    (Rank.REST, "", step("create", "R2Bucket", None, {"name": "docs"})),
]


@pytest.mark.parametrize(("rank", "why", "change"), RANKED)
def test_a_change_is_as_serious_as_what_it_does(rank, why, change):
    """Incident 19: a replacement says so, and what forces it."""
    (item,) = planned(change).items

    assert item.rank is rank
    assert why in item.why


def test_a_rule_that_deletes_from_a_bucket_made_in_the_same_run_loses_nothing():
    made = step("create", "R2Bucket", None, {"name": "docs"})
    purge = step("create", "R2BucketLifecycle", None, PURGE)

    assert not planned(made, purge).serious
    assert planned(purge).serious


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
