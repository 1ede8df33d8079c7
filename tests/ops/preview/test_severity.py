"""How serious a change is, and why: what is lost, who gets in, what happens once."""

from typing import Any

import pytest

from ops.preview.severity import Rank
from tests.ops.preview.test_plan import planned, step

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
SKIPS: dict[str, Any] = {"rules": [{"action": "block"}, {"action": "skip"}]}
BLOCKS: dict[str, Any] = {"rules": [{"action": "block"}]}
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
    (
        Rank.LOSS,
        "002.sql, statement 1: drops table a",
        step("update", "D1Migrations", FILES, DROPS),
    ),
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
        Rank.LOSS,
        "loses every object of Old",
        step(
            "replace",
            "WorkerVersion",
            {"exports": LIVE},
            {"exports": DELETED},
            old={"retainOnDelete": True},
        ),
    ),
    (
        Rank.INTERRUPTION,
        "another version of the script takes over",
        step("replace", "WorkersDeployment", {}, {}),
    ),
    (
        Rank.EXPOSURE,
        "closes the bucket's",
        step("update", "R2ManagedDomain", {"enabled": True}, {"enabled": False}),
    ),
    (Rank.EXPOSURE, "may open", step("update", "ZeroTrustAccessPolicy", {}, {})),
    (Rank.ONCE, "one before is taken until 2026", step("update", SERVICE, ONE, {**ONE, **TWO})),
    (Rank.EXPOSURE, "may open", step("update", SERVICE, ONE, {**ONE, **TWO, "duration": "9h"})),
    (Rank.REST, "", step("create", "ZeroTrustAccessPolicy", None, {})),
    (
        Rank.EXPOSURE,
        "says who gets in at a.example/open",
        step("create", "ZeroTrustAccessApplication", None, {"domain": "a.example/open"}),
    ),
    (Rank.EXPOSURE, "past other rules", step("create", "Ruleset", None, SKIPS)),
    (Rank.REST, "", step("create", "Ruleset", None, BLOCKS)),
    (
        Rank.REST,
        "managed no longer",
        step("delete", "WorkersCustomDomain", HOST, old={"retainOnDelete": True}),
    ),
    (
        Rank.REST,
        "managed no longer",
        step("delete", "ZeroTrustAccessPolicy", {}, old={"retainOnDelete": True}),
    ),
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
    (
        Rank.LOSS,
        "loses every object of Old",
        step("update", "WorkersScript", {}, {"migrations": {"deletedClasses": ["Old"]}}),
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
