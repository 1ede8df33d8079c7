"""A look into Workers KV and R2: a page of names at a time, and one value. Nothing is written."""

import json
from typing import Any
from urllib.parse import unquote

import httpx

from common.json_types import Json
from local.api.errors import ApiError, invalid_request
from local.api.http.call import Call
from local.api.kv import namespaces
from local.api.live_page.page_queries import look
from local.api.live_page.shown_values import LONGEST_READ, content
from local.api.r2 import buckets
from local.api.state import runtime_port

PAGE = "100"
"""Names that are listed at once."""


@look("GET", "kv/{namespace_id}/keys", note="100 at once")
async def list_keys(call: Call) -> Json:
    listed = (await _ask(call, "kv", _namespace(call), "keys", params=_place(call))).json()
    return {"items": listed["keys"], "cursor": listed.get("cursor") or ""}


@look("GET", "kv/{namespace_id}/value", note="of `?key=`, its first 64 KB as text")
async def get_value(call: Call) -> Json:
    answer = await _ask(call, "kv", _namespace(call), "values", _key(call))
    said = answer.headers.get("cf-kv-metadata")
    metadata: Any = json.loads(unquote(said)) if said else None
    expiration = answer.headers.get("cf-kv-expiration")
    return {**content(call, answer.content), "metadata": metadata, "expiration": expiration}


@look("GET", "r2/{bucket_name}/objects", note="100 at once")
async def list_objects(call: Call) -> Json:
    listed = (await _ask(call, "r2", _bucket(call), "objects", params=_place(call))).json()
    return {"items": listed["objects"], "cursor": listed.get("cursor") or ""}


@look("GET", "r2/{bucket_name}/object", note="of `?key=`, its first 64 KB as text, up to 1 MB")
async def get_object(call: Call) -> Json:
    place = ("r2", _bucket(call), "objects", _key(call))
    head = await _ask(call, *place, method="HEAD")
    size = int(head.headers["content-length"])
    media_type = head.headers.get("content-type", "")
    if size > LONGEST_READ:
        return {"text": "", "size": size, "cut": True, "is_text": False, "media_type": media_type}
    answer = await _ask(call, *place)
    return {**content(call, answer.content), "media_type": media_type}


def _namespace(call: Call) -> str:
    return str(namespaces.find(call)["id"])


def _bucket(call: Call) -> str:
    return str(buckets.find(call)["name"])


def _key(call: Call) -> str:
    """Read which one is asked for: not in the path, of which a browser takes `..` for a step."""
    if not call.query.get("key"):
        raise invalid_request("parameter key is missing; give the name of a key or an object")
    return call.query["key"]


def _place(call: Call) -> dict[str, str]:
    """Read from where on is listed."""
    asked = {name: call.query[name] for name in ("prefix", "cursor") if call.query.get(name)}
    return {"limit": PAGE, **asked}


async def _ask(
    call: Call, *path: str, method: str = "GET", params: dict[str, str] | None = None
) -> httpx.Response:
    answer = await runtime_port.ask(call.state.runtime, method, *path, params=params)
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise ApiError(404, 10000, f"there is no {path[-1]!r} any more; list it again")
    if answer.is_error:
        runtime_port.refuse(answer, 10000)
    return answer
