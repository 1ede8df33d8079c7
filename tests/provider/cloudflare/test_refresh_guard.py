"""A resource is gone only when this account's API says so by the code of its type."""

import json

import pytest

from provider.cloudflare.resources import TABLE
from tests.provider.cloudflare import inputs
from tests.provider.cloudflare.fake_api import FakeApi
from tests.provider.cloudflare.test_refresh import CLEAN
from tests.provider.harness import AbortedError, Harness, Made

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html; charset=utf-8"}
PAGE = b"<!doctype html><h1>Not found</h1>"
ELSEWHERE = {"location": "https://login.example.com/"}
RESOURCES = {resource.name: resource for resource in TABLE.values()}

each_type = pytest.mark.parametrize("name", sorted(RESOURCES))


def refusal(code: int) -> bytes:
    errors = [{"code": code, "message": "no"}]
    return json.dumps({"success": False, "errors": errors, "result": None}).encode()


def result(body: object) -> bytes:
    return json.dumps({"success": True, "errors": [], "result": body}).encode()


ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "404 with a foreign code": (404, JSON, refusal(7003)),
    "404 with no code": (404, JSON, b'{"success": false, "errors": [], "result": null}'),
    "404 with errors of another form": (404, JSON, b'{"success": false, "errors": "gone"}'),
    "404 that says success": (404, JSON, b'{"success": true, "errors": [], "result": null}'),
    "404 of another API": (404, JSON, b'{"error": "not found"}'),
    "404 as a web page": (404, HTML, PAGE),
    "404 without a body": (404, {}, b""),
    "200 as a web page": (200, HTML, PAGE),
    "200 with success: false": (200, JSON, refusal(10000)),
    "200 with the words of no success": (200, JSON, b'{"success": "no", "result": {"id": "x"}}'),
    "200 without a result": (200, JSON, result(None)),
    "200 with an empty result": (200, JSON, result({})),
    "another account": (403, JSON, refusal(10000)),
    "another token": (401, JSON, refusal(10000)),
    "a redirect": (302, ELSEWHERE, b""),
    "a redirect with an envelope": (302, {**ELSEWHERE, **JSON}, refusal(10006)),
    "400": (400, JSON, refusal(10013)),
    "410 with any code": (410, JSON, refusal(11000)),
}


@each_type
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_what_does_not_say_that_it_is_gone_is_an_error(
    plugin: Harness, api: FakeApi, name, answer
):
    made = await plugin.create(name, CLEAN[name])
    api.always = answer

    with pytest.raises(AbortedError) as refused:
        await plugin.read(made)

    sentence = str(refused.value)
    assert api.base_url in sentence
    assert sentence.endswith(", then run it again")
    assert "\n" not in sentence


@each_type
async def test_a_404_with_the_code_of_another_type_is_an_error(plugin: Harness, api: FakeApi, name):
    made = await plugin.create(name, CLEAN[name])
    everybodys = {code for resource in RESOURCES.values() for code in resource.gone}
    assert everybodys - RESOURCES[name].gone

    for code in everybodys - RESOURCES[name].gone:
        api.always = (404, JSON, refusal(code))
        with pytest.raises(
            AbortedError, match=rf"code {code}\); that does not say that the {name}"
        ):
            await plugin.read(made)


@each_type
@pytest.mark.parametrize(("status", "success"), [(400, False), (410, False), (404, True)])
async def test_the_code_of_the_type_counts_with_404_and_no_success_only(
    plugin: Harness, api: FakeApi, name, status, success
):
    made = await plugin.create(name, CLEAN[name])
    path = RESOURCES[name].read.url({**made.properties, "id": made.id})
    errors = [{"code": code, "message": "none"} for code in RESOURCES[name].gone]
    body = json.dumps({"success": success, "errors": errors, "result": None}).encode()
    api.answers["GET", path] = [(status, body)]

    with pytest.raises(AbortedError, match=f"answered {status}"):
        await plugin.read(made)


@each_type
async def test_the_code_of_the_type_says_that_it_is_gone(plugin: Harness, api: FakeApi, name):
    for code in RESOURCES[name].gone:
        made = await plugin.create(name, CLEAN[name])
        path = RESOURCES[name].read.url({**made.properties, "id": made.id})
        api.answers["GET", path] = [(404, [{"code": code, "message": "none"}])]

        assert await plugin.read(made) is None


@pytest.mark.parametrize("name", sorted(it.name for it in RESOURCES.values() if it.gone))
@pytest.mark.parametrize(
    "owner", [(404, JSON, refusal(7003)), (200, JSON, result({"id": "f" * 32}))]
)
async def test_the_code_of_the_type_from_another_account_is_an_error(
    plugin: Harness, api: FakeApi, name, owner
):
    made = await plugin.create(name, CLEAN[name])
    resource = RESOURCES[name]
    place = {**made.properties, "id": made.id}
    code = next(iter(resource.gone))
    api.answers["GET", resource.read.url(place)] = [(404, [{"code": code, "message": "none"}])]
    api.answers["GET", resource.owner(place)] = [
        (owner[0], owner[2])  # bytes go as they are
    ]

    with pytest.raises(AbortedError, match=r"but GET /(accounts|zones)/[0-9]{32} ") as refused:
        await plugin.read(made)

    assert f"the {name} is gone, so it stays in the state" in str(refused.value)


NAMED = sorted(name for name, resource in RESOURCES.items() if resource.identity)


@pytest.mark.parametrize("name", NAMED)
async def test_an_answer_about_another_one_is_an_error(plugin: Harness, api: FakeApi, name):
    made = await plugin.create(name, CLEAN[name])
    (field,) = RESOURCES[name].identity
    _kept(api, name, made)[field] = "another"

    with pytest.raises(AbortedError, match=f"another {name}, whose {field} is 'another'"):
        await plugin.read(made)


def test_whatever_the_api_gives_an_id_is_known_by_it():
    without = {name for name, resource in RESOURCES.items() if not resource.identity}
    assert without == {
        "R2BucketCors",
        "R2BucketLifecycle",
        "R2ManagedDomain",
        "ArgoTieredCaching",
        "TieredCache",
        "UniversalSslSetting",
        "WorkersCronTrigger",
        "WorkersKv",
        "WorkersScriptSubdomain",
        "ZoneDnssec",
    }


DELETED = sorted(name for name, resource in RESOURCES.items() if resource.delete)
UNDONE = {title: answer for title, answer in ANSWERS.items() if b'"success": true' not in answer[2]}


@pytest.mark.parametrize("name", DELETED)
@pytest.mark.parametrize("answer", UNDONE.values(), ids=UNDONE)
async def test_a_delete_is_done_only_when_it_was_or_there_is_none(
    plugin: Harness, api: FakeApi, name, answer
):
    made = await plugin.create(name, CLEAN[name])
    api.always = answer

    with pytest.raises(AbortedError):
        await plugin.delete(made)


async def test_a_web_page_is_no_value_of_a_pair(plugin: Harness, api: FakeApi):
    made = await plugin.create("WorkersKv", CLEAN["WorkersKv"])
    api.always = (200, HTML, PAGE)

    with pytest.raises(AbortedError, match="answered text/html in the place of content"):
        await plugin.read(made)


def _kept(api: FakeApi, name: str, made: Made) -> dict[str, object]:
    """Find what the API answers for a resource."""
    if name == "WorkersScript":
        service = f"/accounts/{inputs.ACCOUNT}/workers/services/{made.id}"
        return dict_of(api.objects[service]["default_environment"]["script"])
    path = RESOURCES[name].read.url({**made.properties, "id": made.id})
    return dict_of(api.objects[path])


def dict_of(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value
