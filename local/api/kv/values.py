"""Keys and values of Workers KV."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Literal, TypeVar, Unpack

import httpx
from pydantic import Field
from starlette.responses import Response

from common.json_types import Json
from local.api.errors import ApiError, invalid_request
from local.api.http.call import FORM_LIMIT, Body, Call
from local.api.http.envelope import Result, whole_number
from local.api.http.json_body import read_json
from local.api.http.multipart import is_form, read_form
from local.api.http.routing import Family
from local.api.kv.bulk import BODY, Write, read_keys, read_pairs
from local.api.kv.limits import check_key, check_value, lifetime, metadata_headers
from local.api.kv.namespaces import NAMESPACE, find
from local.api.state import runtime_port
from local.api.state.runtime_port import Sent

GET_LIMIT = 100
LIFETIMES = ("expiration", "expiration_ttl")
AT_ONCE = 16
TOGETHER = 100
"""Keys that the runtime is asked for at once."""

PARTS_AT_ONCE = 4
"""Such requests of one bulk write under way: each key is a write to disk, and many would wait for
longer than the runtime is waited for."""

SMALL = 65_536
"""Bytes up to which values are written together."""

T = TypeVar("T")

family = Family("KV keys and values", BODY)


class Keys(Body):
    """The keys of a bulk read."""

    keys: tuple[str, ...] = Field(max_length=GET_LIMIT)
    type: Literal["text", "json"] = "text"
    with_metadata: bool = Field(default=False, alias="withMetadata")


@family("GET", f"{NAMESPACE}/keys")
async def list_keys(call: Call) -> Result:
    limit = whole_number(call.query, "limit", 1000, least=1, most=1000)
    asked = {name: call.query[name] for name in ("prefix", "cursor") if call.query.get(name)}
    answer = await _ask(call, "GET", "keys", params={"limit": str(limit), **asked})
    listed = answer.json()
    keys = [{k: v for k, v in key.items() if v is not None} for key in listed["keys"]]
    return Result(keys, {"count": len(keys), "cursor": listed.get("cursor") or ""})


@family("GET", f"{NAMESPACE}/values/{{key_name...}}")
async def get_value(call: Call) -> Response:
    answer = await _read(call, "values", call.params["key_name"])
    headers = {"content-type": "application/octet-stream"}
    if expiration := answer.headers.get("cf-kv-expiration"):
        headers["expiration"] = expiration
    return Response(answer.content, headers=headers)


@family("GET", f"{NAMESPACE}/metadata/{{key_name...}}")
async def get_metadata(call: Call) -> Any:
    return (await _read(call, "metadata", call.params["key_name"])).json()["metadata"]


@family("PUT", f"{NAMESPACE}/values/{{key_name...}}")
async def put_value(call: Call) -> None:
    key = check_key(call.params["key_name"])
    given = await _given(call)
    write = Write(
        key,
        check_value(given["value"]),
        metadata_headers(_metadata(given.get("metadata"))),
        lifetime(given.get("expiration"), given.get("expiration_ttl"), time.time()),
    )
    await _put(call, write)


async def _given(call: Call) -> dict[str, Any]:
    """Read what a write has: the value as the whole body, or as one part of a form.

    A lifetime stands in the query or in parts of their own.
    """
    body = await call.body(FORM_LIMIT)
    asked: dict[str, Any] = {name: call.query[name] for name in LIFETIMES if call.query.get(name)}
    content_type = call.header("content-type")
    if not is_form(content_type):
        return {**asked, "value": body}
    parts = {part.name: part.body for part in read_form(body, content_type)}
    if "value" not in parts:
        raise invalid_request("the form has no part `value`")
    texts = {name: parts[name].decode(errors="replace") for name in LIFETIMES if name in parts}
    return {**asked, **parts, **texts}


@family("DELETE", f"{NAMESPACE}/values/{{key_name...}}")
async def delete_value(call: Call) -> None:
    await _ask(call, "DELETE", "values", check_key(call.params["key_name"]))


@family("PUT", f"{NAMESPACE}/bulk")
async def put_bulk(call: Call) -> Json:
    writes = await read_pairs(call)
    last = {write.key: write for write in writes}.values()
    small = [write.for_runtime for write in last if len(write.value) <= SMALL]
    together = [partial(_post, call, "write", part) for part in _batched(small, TOGETHER)]
    await _all(together, PARTS_AT_ONCE)
    await _all([partial(_put, call, write) for write in last if len(write.value) > SMALL])
    return {"successful_key_count": len(writes), "unsuccessful_keys": []}


@family("POST", f"{NAMESPACE}/bulk/delete")
async def delete_bulk(call: Call) -> Json:
    keys = await read_keys(call)
    await _all([partial(_ask, call, "DELETE", "values", key) for key in keys])
    return {"successful_key_count": len(keys), "unsuccessful_keys": []}


@family("DELETE", f"{NAMESPACE}/bulk", note="the older form of bulk/delete")
async def delete_bulk_older(call: Call) -> Json:
    return await delete_bulk(call)


@family("POST", f"{NAMESPACE}/bulk/get")
async def get_bulk(call: Call) -> Json:
    asked = await call.read(Keys)
    found = await _found(call, asked.keys, asked)
    return {"values": dict(zip(asked.keys, found, strict=True))}


async def _found(call: Call, keys: Sequence[str], asked: Keys) -> list[Any]:
    wanted = {"keys": [check_key(key) for key in keys], "described": asked.with_metadata}
    return [_shown(each, asked) for each in (await _post(call, "read", wanted)).json()]


def _shown(found: Json | None, asked: Keys) -> Any:
    if found is None:
        return None
    content = base64.b64decode(found.pop("value"))
    is_json = asked.type == "json"
    value = read_json(content, BODY) if is_json else content.decode(errors="replace")
    if not asked.with_metadata:
        return value
    return {"value": value, **{name: each for name, each in found.items() if each is not None}}


def _batched(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """Cut *items* into parts of *size* at most."""
    return [items[start : start + size] for start in range(0, len(items), size)]


async def _all(
    operations: Sequence[Callable[[], Coroutine[Any, Any, Any]]], at_once: int = AT_ONCE
) -> list[Any]:
    """Run all of *operations*, some at once."""
    places = asyncio.Semaphore(at_once)

    async def one(operation: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        async with places:
            return await operation()

    return await asyncio.gather(*map(one, operations))


async def _read(call: Call, what: str, key: str) -> httpx.Response:
    answer = await _ask(call, "GET", what, check_key(key), allow=(httpx.codes.NOT_FOUND,))
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise ApiError(404, 10009, "get: 'key not found'")
    return answer


async def _put(call: Call, write: Write) -> None:
    sent: Sent = {"content": write.value, "headers": write.headers, "params": write.params}
    await _ask(call, "PUT", "values", write.key, **sent)


async def _post(call: Call, what: str, content: Any) -> httpx.Response:
    """Have the runtime do one thing for many keys."""
    return await _ask(call, "POST", what, content=json.dumps(content).encode())


async def _ask(
    call: Call,
    method: str,
    *path: str,
    allow: Sequence[int] = (),
    **sent: Unpack[Sent],
) -> httpx.Response:
    namespace = find(call)["id"]
    answer = await runtime_port.ask(call.state.runtime, method, "kv", namespace, *path, **sent)
    if answer.is_error and answer.status_code not in allow:
        runtime_port.refuse(answer, 10034)
    return answer


def _metadata(part: bytes | None) -> Any:
    return read_json(part, BODY) if part else None
