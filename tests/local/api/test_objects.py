"""The storage of Durable Objects at the addresses of the Local Explorer, and what D1 lacks here."""

import pytest

from tests.local.api.conftest import ACCOUNT_ID
from tests.local.api.test_errors import CLASSES, MIGRATED

pytestmark = pytest.mark.anyio

A = f"/accounts/{ACCOUNT_ID}"
IDS = [f"{number:064x}" for number in range(25)]


@pytest.fixture
async def namespace(world):
    await world.upload(code=CLASSES, **MIGRATED)
    (found,) = await world.ask("GET", f"{A}/workers/durable_objects/namespaces")
    world.runtime.stored[found["id"]] = IDS
    return f"{A}/workers/durable_objects/namespaces/{found['id']}"


async def test_objects_are_listed_page_by_page(world, namespace):
    seen, cursor = [], ""
    while True:
        path = f"{namespace}/objects?limit=10&cursor={cursor}"
        body = (await world.client.get(path)).json()
        seen += [each["id"] for each in body["result"]]
        assert body["result_info"]["count"] == len(body["result"])
        assert all(each["hasStoredData"] for each in body["result"])
        cursor = body["result_info"]["cursor"]
        if not cursor:
            break

    assert seen == IDS


async def test_a_query_is_handed_on_with_its_object(world, namespace):
    queries = [{"sql": "SELECT ?1", "params": [True]}]
    body = {"durable_object_name": "a", "queries": queries}

    (result,) = await world.ask("POST", f"{namespace}/query", json=body)

    assert result["rows"] == [["a", "SELECT ?1", [1]]]


@pytest.mark.parametrize(
    "body",
    [
        {"queries": []},
        {"durable_object_id": "a", "durable_object_name": "b", "queries": []},
        {"durable_object_id": "a", "queries": [{}]},
        {"durable_object_id": 5, "queries": []},
        {"durable_object_id": "a", "queries": [{"sql": "SELECT 1", "params": [{}]}]},
    ],
)
async def test_a_query_says_which_object(world, namespace, body):
    assert (await world.refused("POST", f"{namespace}/query", json=body))[:2] == (400, 10026)


async def test_a_refusal_of_the_runtime_is_told(world, namespace):
    body = {"durable_object_name": "a", "queries": [{"sql": "DELETE FROM t"}]}

    assert (await world.refused("POST", f"{namespace}/query", json=body))[:2] == (400, 10001)


async def test_a_namespace_that_is_none_is_10066(world):
    path = f"{A}/workers/durable_objects/namespaces/{'f' * 32}"

    assert (await world.refused("GET", f"{path}/objects"))[:2] == (404, 10066)
    body = {"durable_object_name": "a", "queries": []}
    assert (await world.refused("POST", f"{path}/query", json=body))[:2] == (404, 10066)
