"""Workers that ask for the Connect server of development reach its look-alike (CC-11)."""

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

pytestmark = [pytest.mark.anyio]

ROOT = "http://127.0.0.1:4400/local/hosts/1password-connect.localhost"


async def echo(request):
    said = {"path": request.url.path, "query": request.url.query, "method": request.method}
    return JSONResponse({**said, "body": (await request.body()).decode()})


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_request_is_passed_on_as_if_it_were_asked_there(world, method):
    """The bearer token is of the Connect server, not of the local Cloudflare."""
    world.state.connect = Starlette(routes=[Route("/v1/{rest:path}", echo, methods=[method])])
    url = f'{ROOT}/v1/vaults/a%20b/?filter=title eq "1+1"'
    headers = {"authorization": "Bearer of-connect"}

    answer = await world.client.request(method, url, headers=headers, content=b"{}")

    assert answer.json() == {
        "path": "/v1/vaults/a b/",
        "query": "filter=title%20eq%20%221+1%22",
        "method": method,
        "body": "{}",
    }


async def test_where_none_runs_it_is_said(world):
    answer = await world.client.get(f"{ROOT}/v1/vaults")

    assert answer.status_code == 503
    assert "run `make start`" in answer.json()["errors"][0]["message"]
