"""FW-4: a stack of a pull request stands by itself: nothing is kept, nothing is shared."""

import json

import pytest

from common.wire_marks import SECRET, SIGNATURE
from ops.run.isolation import find

URN = "urn:pulumi:{}::chittyos::chittyos:x:Y$cloudflare:index/{}::{}"
KV = "workersKvNamespace:WorkersKvNamespace"
BUCKET = "r2Bucket:R2Bucket"
QUEUE = "queue:Queue"
SCRIPT = "workersScript:WorkersScript"
CACHE, OWN = "f" * 32, "a" * 32
TABLES = "0b5e1f6a-7d1c-4c0e-9a53-5b8e2d1f4a60"


def resource(kind, name, identifier, /, *, stack="pr-7", more=None, **inputs):
    urn = URN.format(stack, kind, name)
    made = {"urn": urn, "type": f"cloudflare:index/{kind}", "custom": True, "id": identifier}
    return {**made, "inputs": inputs, "outputs": {}, **(more or {})}


def secret(value):
    return {SIGNATURE: SECRET, "plaintext": json.dumps(value)}


OTHERS = {
    "development": [
        resource(KV, "cache", CACHE, stack="development", title="cache-development"),
        resource(BUCKET, "docs", "docs-development", stack="development", name="docs-development"),
        resource(QUEUE, "jobs", "b" * 32, stack="development", queueName="jobs-development"),
        resource(SCRIPT, "edge", "edge-development", stack="development"),
        resource("d1Database:D1Database", "tables", TABLES, stack="development"),
        resource("zoneSetting:ZoneSetting", "new", None, stack="development"),
        resource("zoneSetting:ZoneSetting", "tls", "tls", stack="development", zoneId="1" * 32),
    ]
}
GOOD = [
    resource("zoneSetting:ZoneSetting", "new", None),
    resource(SCRIPT, "longer", "longer-pr-7", contentSha256=CACHE * 2),
    resource(KV, "cache", OWN, title="cache-pr-7", accountId="0" * 32),
    resource(SCRIPT, "edge", "edge-pr-7", bindings=secret([{"namespaceId": OWN}]), zoneId="1" * 32),
    {"urn": "urn:pulumi:pr-7::chittyos::pulumi:providers:cloudflare::default", "custom": True}
    | {"type": "pulumi:providers:cloudflare", "id": "p", "protect": True},
    {"urn": "urn:pulumi:pr-7::chittyos::pulumi:pulumi:Stack::chittyos-pr-7"}
    | {"type": "pulumi:pulumi:Stack", "outputs": {"edge": "https://edge-development.x"}},
]
FAULTS = {
    "a protection": (
        resource(KV, "more", "c" * 32, more={"protect": True}),
        "WorkersKvNamespace more is protected",
    ),
    "what outlives the stack": (
        resource(KV, "more", "c" * 32, more={"retainOnDelete": True}),
        "stays in the account when the stack ends",
    ),
    "the same thing": (
        resource(KV, "more", CACHE),
        "WorkersKvNamespace more is WorkersKvNamespace cache of development",
    ),
    "the same setting of a zone": (
        resource("zoneSetting:ZoneSetting", "tls", "tls"),
        "ZoneSetting tls is ZoneSetting tls of development",
    ),
    "a binding to a namespace": (
        resource(SCRIPT, "w", "w-pr-7", bindings=[{"namespaceId": CACHE}]),
        "WorkersScript w has WorkersKvNamespace cache of development at inputs.bindings[0].namesp",
    ),
    "a binding that is encrypted": (
        resource(SCRIPT, "w", "w-pr-7", bindings=secret([{"bucketName": "docs-development"}])),
        "has R2Bucket docs of development at inputs.bindings[0].bucketName",
    ),
    "an id in an address": (
        resource(SCRIPT, "w", "w-pr-7", url=f"https://api/namespaces/{CACHE}/values"),
        "WorkersScript w has WorkersKvNamespace cache of development at inputs.url",
    ),
    "an id in a text that is encrypted": (
        resource(SCRIPT, "w", "w-pr-7", text=secret(json.dumps({"table": TABLES}))),
        "WorkersScript w has D1Database tables of development at inputs.text",
    ),
    "a consumer of a queue": (
        resource("queueConsumer:QueueConsumer", "c", "x", queueId="b" * 32),
        "has Queue jobs of development at inputs.queueId",
    ),
    "a producer, by the name of a queue": (
        resource(SCRIPT, "w", "w-pr-7", bindings=[{"queueName": "jobs-development"}]),
        "has Queue jobs of development at inputs.bindings[0].queueName",
    ),
    "Durable Objects of another script": (
        resource(SCRIPT, "w", "w-pr-7", bindings=[{"scriptName": "edge-development"}]),
        "has WorkersScript edge of development at inputs.bindings[0].scriptName",
    ),
    "an output": (
        {"urn": "urn:pulumi:pr-7::chittyos::pulumi:pulumi:Stack::s", "type": "pulumi:pulumi:Stack"}
        | {"outputs": {"bucket": "docs-development"}},
        "Stack s has R2Bucket docs of development at outputs.bucket",
    ),
}


def test_a_stack_with_things_of_its_own_has_no_fault():
    assert list(find(GOOD, OTHERS)) == []
    assert list(find(GOOD, {})) == []


@pytest.mark.parametrize(("added", "said"), FAULTS.values(), ids=FAULTS)
def test_what_is_kept_or_shared_is_a_fault_that_names_both(added, said):
    (fault,) = {each for each in find([*GOOD, added], OTHERS) if said in each}

    assert fault.startswith(("WorkersKv", "WorkersScript", "ZoneSetting", "QueueConsumer", "Stack"))


def test_no_secret_is_said():
    leaks = resource(SCRIPT, "w", "w-pr-7", bindings=secret(["hunter2", "docs-development"]))

    assert "hunter2" not in " ".join(find([leaks], OTHERS))
