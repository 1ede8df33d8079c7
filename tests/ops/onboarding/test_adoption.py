"""What an account has of a stack: imported with its components, overwritten, or set as a whole."""

import pytest

from ops.onboarding.adoption import How, adoption, notes
from ops.onboarding.import_file import document
from ops.stack.resource_lookup import Found
from planning.exposure.graph import Resource

CLOUDFLARE = "cloudflare:index/x:"
ACCOUNT, ZONE = "a" * 32, "b" * 32


def urn(name):
    return f"urn:pulumi:s::p::t::{name}"


def component(name, kind="Part", parent=""):
    return Resource(urn(name), f"chittyos:x:{kind}", name, {}, parent=urn(parent) if parent else "")


def resource(short, name, parent="", /, **inputs):
    lower = short[0].lower() + short[1:]
    given = {"accountId": ACCOUNT, "zoneId": ZONE, **inputs}
    kind = f"cloudflare:index/{lower}:{short}"
    where = f"{urn(name)}-{short}"
    return Resource(where, kind, name, given, parent=urn(parent) if parent else "")


ROOT = component("platform", "Platform")
PART = component("store", parent="platform")
BUCKET = resource("R2Bucket", "store-bucket", "store", name="docs")
LIFECYCLE = resource("R2BucketLifecycle", "store-expiry", "store", bucketName="docs")
SCRIPT = resource("WorkersScript", "api-script", scriptName="api")
CRON = resource("WorkersCronTrigger", "api-cron", scriptName="api")
SETTING = resource("ZoneSetting", "ssl", settingId="ssl")
DECLARED = (ROOT, PART, BUCKET, LIFECYCLE, SCRIPT, CRON, SETTING)


def finding(*names):
    """Find resources of these names, each with its name as id."""
    return lambda asked: next(
        (Found(each) for each in names if each in asked["inputs"].values()), None
    )


def taken(*names, known=()):
    found = adoption(DECLARED, known, finding(*names))
    return [(each.what, each.how) for each in found.taken]


def test_what_can_be_imported_is_and_its_parts_are_set_as_a_whole():
    assert taken("docs") == [
        ("R2Bucket docs", How.IMPORTED),
        ("R2BucketLifecycle store-expiry", How.SET),
        ("ZoneSetting ssl", How.SET),
    ]


def test_a_script_is_overwritten_and_so_are_its_schedules():
    assert taken("api") == [
        ("WorkersScript api", How.REPLACED),
        ("WorkersCronTrigger api-cron", How.SET),
        ("ZoneSetting ssl", How.SET),
    ]


def test_what_the_state_has_is_not_taken_over():
    own = Resource(BUCKET.urn, BUCKET.type, BUCKET.name, {}, id="docs")

    assert taken("docs", known=[own, SETTING]) == []


def test_what_has_to_be_known_of_a_type_is_said_once():
    found = adoption((*DECLARED, resource("ZoneSetting", "tls", settingId="tls")), (), finding())

    assert notes(found.taken) == [
        "ZoneSetting: what was found is noted, and put back when the stack goes"
    ]


def test_the_file_has_the_components_above_what_is_imported_and_no_other():
    found = adoption(DECLARED, (), finding("docs", "api"))

    assert document(DECLARED, found.found) == {
        "resources": [
            {"type": "chittyos:x:Platform", "name": "platform", "component": True},
            {"type": "chittyos:x:Part", "name": "store", "parent": "platform", "component": True},
            {
                "type": "cloudflare:index/r2Bucket:R2Bucket",
                "name": "store-bucket",
                "parent": "store",
                "id": f"{ACCOUNT}/docs/default",
            },
        ]
    }


@pytest.mark.parametrize("first", ["queue", "other"])
def test_names_that_are_the_same_are_told_apart_by_their_types(first):
    parent = component(first)
    queue = resource("Queue", "queue", first, queueName="events")
    found = adoption((parent, queue), (), finding("events"))

    *_, entry = document((parent, queue), found.found)["resources"]

    if first == "queue":
        assert entry["name"] == "Queue queue"
        assert entry["logicalName"] == "queue"
    else:
        assert entry["name"] == "queue"
        assert "logicalName" not in entry
