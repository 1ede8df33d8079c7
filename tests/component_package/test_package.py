"""What the package makes of the inputs of another language, and what it says of wrong ones."""

import pulumi
import pytest
from pulumi.output import UNKNOWN

from component_package.package import Package
from planning.refusals import RefusedError
from tests.support import deploy

ACCOUNT = "ab" * 16
BUCKET = {"accountId": ACCOUNT, "bucket": "files"}


def make(kind, **inputs):
    made = []

    def program():
        made.append(Package().construct("it", f"chittyos:cloudflare:{kind}", inputs))

    return deploy(program), made


def refused(kind, **inputs):
    """Return each path and reason that a component is refused for."""
    try:
        make(kind, **inputs)
    except pulumi.InputPropertyError as error:
        return [(error.property_path, error.reason)]
    except pulumi.InputPropertiesError as error:
        return [(each["property_path"], each["reason"]) for each in error.errors or ()]
    return []


def test_a_bucket_gets_what_was_written_in_camel_case():
    resources, (made,) = make(
        "Bucket",
        **BUCKET,
        retain=False,
        cors=[{"id": "app", "origins": ["https://a.example"], "maxAgeSeconds": 60}],
    )

    assert not resources["R2Bucket it"].protect
    assert resources["R2BucketCors it-cors"].inputs["rules"][0]["maxAgeSeconds"] == 60
    assert made.state.keys() == {"bucketName"}


def test_a_component_is_not_replaced_with_another_resource():
    def program():
        owner = pulumi.ComponentResource("test:index:Owner", "owner")
        options = pulumi.ResourceOptions(deleted_with=owner)
        Package().construct("it", "chittyos:cloudflare:Bucket", BUCKET, options)

    with pytest.raises(RefusedError, match=r"^it: deleted_with is set, and it may hold data"):
        deploy(program)


def test_a_worker_gets_bindings_by_type_and_value(project, monkeypatch):
    monkeypatch.chdir(project)
    resources, _ = make(
        "Worker",
        accountId=ACCOUNT,
        script="hello",
        entry="worker.ts",
        compatibilityDate="2026-11-01",
        bindings={
            "FILES": {"type": "r2_bucket", "value": "files"},
            "ROWS": {"type": "d1", "value": "id"},
        },
    )

    files, rows = resources["WorkersScript it"].inputs["bindings"]
    assert files == {"name": "FILES", "type": "r2_bucket", "bucketName": "files"}
    assert rows == {"name": "ROWS", "type": "d1", "id": "id"}


WRONG = {
    "an input that there is not": ("Bucket", {**BUCKET, "colour": 1}, "colour"),
    "a rule of another form": ("Bucket", {**BUCKET, "cors": [{"id": "a"}]}, "cors.0.origins"),
    "no account": ("Bucket", {"bucket": "files"}, "accountId"),
    "bindings that are no map": (
        "Worker",
        {"accountId": ACCOUNT, "bindings": ["A"]},
        "bindings",
    ),
    "bindings of a bucket": ("Bucket", {**BUCKET, "bindings": {"A": {}}}, "bindings"),
    "a history": (
        "Worker",
        {"accountId": ACCOUNT, "script": "a", "entry": "a.ts", "history": []},
        "history",
    ),
    "a binding of another type": (
        "Worker",
        {"accountId": ACCOUNT, "bindings": {"A": {"type": "kv", "value": "x"}}},
        "bindings.A.type",
    ),
    "a binding without a value": (
        "Worker",
        {"accountId": ACCOUNT, "bindings": {"A": {"type": "d1"}}},
        "bindings.A.type",
    ),
}


@pytest.mark.parametrize(("kind", "inputs", "path"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_said_with_its_path(kind, inputs, path):
    assert path in [place for place, _ in refused(kind, **inputs)]


def test_a_value_that_comes_later_is_said_with_its_path():
    found = refused("Bucket", **BUCKET, cors=[{"id": "a", "origins": [UNKNOWN]}])

    assert found == [("cors[0].origins[0]", "has to be known before the program runs")]


def test_no_message_holds_a_value():
    found = refused("Bucket", accountId=ACCOUNT, bucket=["canary"])

    assert found
    assert "canary" not in str(found)


def test_a_worker_that_does_not_bundle_is_refused(project, monkeypatch):
    monkeypatch.chdir(project)
    ((place, said),) = refused(
        "Worker", accountId=ACCOUNT, script="a", entry="b.ts", compatibilityDate="2026-11-01"
    )

    assert place == "entry"
    assert "b.ts does not exist" in said
