"""Objects of a bucket, as wrangler and the SDK reach them; S3 has an endpoint of its own."""

from collections.abc import Mapping
from typing import Unpack

import httpx
from starlette.responses import Response

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import MIB, Call
from local.api.http.envelope import Result, whole_number
from local.api.http.routing import Family
from local.api.r2.buckets import BUCKET, find
from local.api.r2.errors import BODY
from local.api.state import runtime_port
from local.api.state.runtime_port import Sent

OBJECTS = f"{BUCKET}/objects"
OBJECT = f"{OBJECTS}/{{object_key...}}"
OBJECT_LIMIT = 300 * MIB
KEPT_HEADERS = (
    "content-type",
    "content-language",
    "content-disposition",
    "content-encoding",
    "cache-control",
    "expires",
)

family = Family("R2 objects", BODY)


@family("GET", OBJECTS)
async def list_objects(call: Call) -> Result:
    limit = whole_number(call.query, "per_page", 1000, most=1000)
    names = ("prefix", "delimiter", "cursor", "start_after")
    asked = {name: call.query[name] for name in names if call.query.get(name)}
    answer = await _ask(call, "GET", params={"limit": str(limit), **asked})
    listed = answer.json()
    info = {
        "cursor": listed.get("cursor") or "",
        "is_truncated": listed["truncated"],
        "per_page": limit,
        "delimited": listed.get("delimited_prefixes", []),
    }
    return Result(listed["objects"], info)


@family("GET", OBJECT)
async def get_object(call: Call) -> Response:
    answer = await _ask(call, "GET", call.params["object_key"])
    kept = {
        name: answer.headers[name] for name in (*KEPT_HEADERS, "etag") if name in answer.headers
    }
    kept.pop("content-encoding", None)
    return Response(answer.content, headers=kept)


async def describe(call: Call) -> Json:
    """Return what is known of the object in the path: it is the first with its name as a prefix."""
    key = call.params["object_key"]
    listed = (await _ask(call, "GET", params={"limit": "1", "prefix": key})).json()["objects"]
    if not listed or listed[0]["key"] != key:
        raise _no_object()
    return dict(listed[0])


@family("PUT", OBJECT, note="up to 300 MiB, as wrangler sends")
async def put_object(call: Call) -> Json:
    return await store(call, {})


async def store(call: Call, more: Mapping[str, str]) -> Json:
    """Keep the body as the object in the path; *more* is told to the runtime beside its headers."""
    headers = {name: call.header(name) for name in KEPT_HEADERS if call.header(name)}
    if storage := call.header("cf-r2-storage-class"):
        headers["x-storage-class"] = storage
    key = call.params["object_key"]
    answer = await _ask(
        call, "PUT", key, content=await call.body(OBJECT_LIMIT), headers={**headers, **more}
    )
    return dict(answer.json())


@family("DELETE", OBJECT)
async def delete_object(call: Call) -> Json:
    await _ask(call, "DELETE", call.params["object_key"])
    return {"key": call.params["object_key"]}


async def _ask(call: Call, method: str, *key: str, **sent: Unpack[Sent]) -> httpx.Response:
    path = ("r2", find(call)["name"], "objects", *key)
    answer = await runtime_port.ask(call.state.runtime, method, *path, **sent)
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise _no_object()
    if answer.is_error:
        runtime_port.refuse(answer, _number(answer))
    return answer


def _no_object() -> ApiError:
    return ApiError(404, 10007, "The specified key does not exist.")


def _number(answer: httpx.Response) -> int:
    """Return R2's own code of a refusal."""
    return int(answer.json()["error"]["number"])
