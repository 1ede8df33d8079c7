"""CORS and lifecycle of R2 as its published schema has them; what it excludes has code 10040.

Sources: workers-sdk#8486, terraform-provider-cloudflare#5260, cloudflare-docs#32888 (issue 9).
"""

import copy
import json

import pytest

from tests.local.api.conftest import World
from tests.local.api.test_errors import dump
from tests.planning.test_origins import BAD, GOOD

pytestmark = pytest.mark.anyio

AGE = {"type": "Age", "maxAge": 86_400}
DATE = {"type": "Date", "date": "2027-01-01T00:00:00Z"}
CORS = {
    "id": "page",
    "allowed": {"origins": ["https://a.test"], "methods": ["GET"], "headers": ["x-a"]},
    "exposeHeaders": ["ETag"],
    "maxAgeSeconds": 60,
}
LIFECYCLE = {
    "id": "rule",
    "enabled": True,
    "conditions": {"prefix": "p/"},
    "deleteObjectsTransition": {"condition": DATE},
    "abortMultipartUploadsTransition": {"condition": AGE},
    "storageClassTransitions": [{"condition": AGE, "storageClass": "InfrequentAccess"}],
}


@pytest.fixture
async def bucket(world: World) -> str:
    await world.ask("POST", world.account("/r2/buckets"), json={"name": "files"})
    return world.account("/r2/buckets/files")


def changed(rule, path, value):
    """Make *rule* with *value* at *path*, or without what stands there."""
    made = copy.deepcopy(rule)
    *steps, last = path
    place = made
    for step in steps:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return made


WRONG_CORS = {
    "the form of S3": {"AllowedOrigins": ["http://a.test"], "AllowedMethods": ["GET"]},
    "no origins": changed(CORS, ["allowed", "origins"], []),
    "an origin that is a number": changed(CORS, ["allowed", "origins"], [1]),
    "no methods": changed(CORS, ["allowed", "methods"], None),
    "an unknown method": changed(CORS, ["allowed", "methods"], ["PATCH"]),
    "headers that are a text": changed(CORS, ["allowed", "headers"], "x-a"),
    "an age below nothing": changed(CORS, ["maxAgeSeconds"], -1),
    "more than a day": changed(CORS, ["maxAgeSeconds"], 86_401),
    "an age that is a text": changed(CORS, ["maxAgeSeconds"], "60"),
    "half a second": changed(CORS, ["maxAgeSeconds"], 0.5),
    "an unknown field": {**CORS, "MaxAgeSeconds": 60},
}
WRONG_LIFECYCLE = {
    "no conditions": changed(LIFECYCLE, ["conditions"], None),
    "no id": changed(LIFECYCLE, ["id"], None),
    "an empty id": changed(LIFECYCLE, ["id"], ""),
    "enabled as a text": changed(LIFECYCLE, ["enabled"], "true"),
    "abort on a date": changed(LIFECYCLE, ["abortMultipartUploadsTransition", "condition"], DATE),
    "an age with a date": changed(
        LIFECYCLE, ["deleteObjectsTransition", "condition"], {**AGE, "date": "2027-01-01"}
    ),
    "no age": changed(LIFECYCLE, ["deleteObjectsTransition", "condition"], {"type": "Age"}),
    "no date": changed(LIFECYCLE, ["deleteObjectsTransition", "condition"], {"type": "Date"}),
    "no type": changed(LIFECYCLE, ["deleteObjectsTransition", "condition"], {"maxAge": 1}),
    "an unknown type": changed(
        LIFECYCLE, ["deleteObjectsTransition", "condition"], {"type": "Size", "maxAge": 1}
    ),
    "an age below nothing": changed(
        LIFECYCLE, ["deleteObjectsTransition", "condition"], {"type": "Age", "maxAge": -1}
    ),
    "an age in parts": changed(
        LIFECYCLE, ["deleteObjectsTransition", "condition"], {"type": "Age", "maxAge": 1.5}
    ),
    "a class that is none": changed(
        LIFECYCLE, ["storageClassTransitions", 0, "storageClass"], "Glacier"
    ),
    "back to Standard": changed(
        LIFECYCLE, ["storageClassTransitions", 0, "storageClass"], "Standard"
    ),
    "an unknown field": {**LIFECYCLE, "expiration": {"days": 1}},
    "an unknown condition": changed(LIFECYCLE, ["conditions", "suffix"], ".tmp"),
}
NO_DATES = ["next year", "2027", "2027-13-01", "2027-02-30", "20270101", "2027-W01-1", "1798761600"]
DATES = [
    "2027-01-01",
    "2027-01-01T00:00Z",
    "2027-01-01T00:00:00.000Z",
    "2027-01-01T00:00:00+01:00",
    "2027-01-01T00:00:00",
]


async def put(world, bucket, what, *rules):
    return await world.client.put(f"{bucket}/{what}", json={"rules": list(rules)})


async def check_refused(world, bucket, what, rule):
    before = dump(world)
    answer = await put(world, bucket, what, rule)

    (problem,) = answer.json()["errors"]
    assert (answer.status_code, problem["code"]) == (400, 10040), answer.text
    assert problem["message"].startswith("The JSON you provided was not well formed. rules.0")
    assert dump(world) == before


async def test_rules_of_the_schema_are_kept_as_they_are(world, bucket):
    assert (await put(world, bucket, "cors", CORS)).is_success
    assert (await put(world, bucket, "lifecycle", LIFECYCLE)).is_success

    assert await world.ask("GET", f"{bucket}/cors") == {"rules": [CORS]}
    assert await world.ask("GET", f"{bucket}/lifecycle") == {"rules": [LIFECYCLE]}


@pytest.mark.parametrize("rule", WRONG_CORS.values(), ids=WRONG_CORS)
async def test_a_cors_rule_outside_the_schema_is_refused(world, bucket, rule):
    await check_refused(world, bucket, "cors", rule)


@pytest.mark.parametrize("rule", WRONG_LIFECYCLE.values(), ids=WRONG_LIFECYCLE)
async def test_a_lifecycle_rule_outside_the_schema_is_refused(world, bucket, rule):
    await check_refused(world, bucket, "lifecycle", rule)


@pytest.mark.parametrize("date", NO_DATES)
async def test_a_date_that_is_none_is_refused(world, bucket, date):
    condition = {"type": "Date", "date": date}
    rule = changed(LIFECYCLE, ["deleteObjectsTransition", "condition"], condition)

    await check_refused(world, bucket, "lifecycle", rule)


@pytest.mark.parametrize("date", DATES)
async def test_a_date_is_kept_as_it_was_written(world, bucket, date):
    condition = {"type": "Date", "date": date}
    rule = changed(LIFECYCLE, ["deleteObjectsTransition", "condition"], condition)

    assert (await put(world, bucket, "lifecycle", rule)).is_success
    assert await world.ask("GET", f"{bucket}/lifecycle") == {"rules": [rule]}


@pytest.mark.parametrize("origin", GOOD)
async def test_an_origin_of_the_grammar_is_kept(world, bucket, origin):
    rule = changed(CORS, ["allowed", "origins"], [origin])

    assert (await put(world, bucket, "cors", rule)).is_success


@pytest.mark.parametrize("origin", BAD)
async def test_an_origin_outside_the_grammar_is_refused(world, bucket, origin):
    await check_refused(world, bucket, "cors", changed(CORS, ["allowed", "origins"], [origin]))


BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "a number": b"1",
    "deep": b'{"rules": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "NaN": b'{"rules": [], "a": NaN}',
    "too large a number": b'{"rules": [], "a": 1e999}',
    "half a pair": b'{"rules": [], "a": "\\ud800"}',
}
PLACES = ["/r2/buckets", "/r2/buckets/files/cors", "/r2/buckets/files/lifecycle"]


@pytest.mark.parametrize("place", [*PLACES, "/r2/buckets/files/domains/managed"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_nobody_could_keep_is_refused(world, bucket, place, body):
    before = dump(world)
    method = "POST" if place == "/r2/buckets" else "PUT"
    got = await world.refused(method, world.account(place), content=body)

    assert bucket
    assert got[:2] == (400, 10040)
    assert dump(world) == before


HEADERS = [
    ("DELETE", {"cf-r2-jurisdiction": "moon"}),
    ("GET", {"cf-r2-jurisdiction": "moon"}),
]


@pytest.mark.parametrize(("method", "headers"), HEADERS)
async def test_a_header_with_an_unknown_value_is_refused(world, bucket, method, headers):
    before = dump(world)
    status, code, text = await world.refused(method, bucket, headers=headers)

    assert (status, code) == (400, 10029)
    assert json.dumps(next(iter(headers.values()))).strip('"') in text
    assert dump(world) == before


@pytest.mark.parametrize("name", ["files", "nobodys"])
async def test_a_bucket_is_never_changed_in_place(world, bucket, name):
    """Seen on the real API (Alos-no/Cloudflare.NET#41), whose documentation says otherwise."""
    before = dump(world)
    status, code, text = await world.refused(
        "PATCH",
        world.account(f"/r2/buckets/{name}"),
        headers={"cf-r2-storage-class": "InfrequentAccess"},
    )

    assert bucket
    assert (status, code) == (405, 7001)
    assert "PATCH" in text
    assert dump(world) == before


async def test_buckets_are_listed_downwards_by_pages_as_well(world):
    for name in ("aaa", "bbb", "ccc"):
        await world.ask("POST", world.account("/r2/buckets"), json={"name": name})
    asked = world.account("/r2/buckets?direction=desc&per_page=2")
    first = (await world.client.get(asked)).json()
    rest = (await world.client.get(f"{asked}&cursor={first['result_info']['cursor']}")).json()

    names = [[each["name"] for each in page["result"]["buckets"]] for page in (first, rest)]
    assert names == [["ccc", "bbb"], ["aaa"]]
