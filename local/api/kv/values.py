"""Keys and values of Workers KV."""

import asyncio
import base64
import json
from binascii import Error as Base64Error
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Literal, Unpack
from urllib.parse import quote

import httpx
from pydantic import Field
from starlette.responses import Response

from common.json_types import Json
from local.api.errors import ApiError, invalid_request, malformed_json
from local.api.http.call import FORM_LIMIT, MIB, Body, Call, parse
from local.api.http.envelope import Result, whole_number
from local.api.http.multipart import is_form, read_form
from local.api.http.routing import Family
from local.api.kv.namespaces import NAMESPACE, find
from local.api.state import runtime_port
from local.api.state.runtime_port import Sent

KEY_LIMIT = 512
VALUE_LIMIT = 25 * MIB
METADATA_LIMIT = 1024
PAIRS_LIMIT = 10_000
GET_LIMIT = 100
AT_ONCE = 16

family = Family("KV keys and values")


class Pair(Body):
    """A pair of a bulk write. Expiration in seconds, since the epoch or (`_ttl`) from now."""

    key: str
    value: str
    base64: bool = False
    expiration: int | None = None
    expiration_ttl: int | None = None
    metadata: Any = None


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
    key = _key(call.params["key_name"])
    body = await call.body(FORM_LIMIT)
    asked = {
        name: call.query[name] for name in ("expiration", "expiration_ttl") if call.query.get(name)
    }
    content_type = call.header("content-type")
    if is_form(content_type):
        parts = {part.name: part.body for part in read_form(body, content_type)}
        if "value" not in parts:
            raise invalid_request("the form has no part `value`")
        asked |= {
            name: parts[name].decode() for name in ("expiration", "expiration_ttl") if name in parts
        }
        await _write(call, key, parts["value"], _given_metadata(parts), asked)
    else:
        await _write(call, key, body, None, asked)


@family("DELETE", f"{NAMESPACE}/values/{{key_name...}}")
async def delete_value(call: Call) -> None:
    await _ask(call, "DELETE", "values", _key(call.params["key_name"]))


@family("PUT", f"{NAMESPACE}/bulk")
async def put_bulk(call: Call) -> Json:
    pairs = [parse(Pair, entry) for entry in _list(await call.json(FORM_LIMIT))]
    values = [_decoded(pair) for pair in pairs]
    for pair in pairs:
        _key(pair.key)

    def write(pair: Pair, value: bytes) -> Coroutine[Any, Any, None]:
        given = {"expiration": pair.expiration, "expiration_ttl": pair.expiration_ttl}
        asked = {name: str(number) for name, number in given.items() if number is not None}
        return _write(call, pair.key, value, pair.metadata, asked)

    await _all([partial(write, *entry) for entry in zip(pairs, values, strict=True)])
    return {"successful_key_count": len(pairs), "unsuccessful_keys": []}


@family("POST", f"{NAMESPACE}/bulk/delete")
async def delete_bulk(call: Call) -> Json:
    keys = [_key(key) for key in _list(await call.json())]
    await _all([partial(_ask, call, "DELETE", "values", key) for key in keys])
    return {"successful_key_count": len(keys), "unsuccessful_keys": []}


@family("DELETE", f"{NAMESPACE}/bulk", note="the older form of bulk/delete")
async def delete_bulk_older(call: Call) -> Json:
    return await delete_bulk(call)


@family("POST", f"{NAMESPACE}/bulk/get")
async def get_bulk(call: Call) -> Json:
    asked = await call.read(Keys)
    found = await _all([partial(_found, call, key, asked) for key in asked.keys])
    return {"values": dict(zip(asked.keys, found, strict=True))}


async def _found(call: Call, key: str, asked: Keys) -> Any:
    try:
        answer = await _read(call, "values", key)
    except ApiError as error:
        if error.status == httpx.codes.NOT_FOUND:
            return None
        raise
    value = answer.json() if asked.type == "json" else answer.text
    if not asked.with_metadata:
        return value
    described = (await _read(call, "metadata", key)).json()
    return {"value": value, **{k: v for k, v in described.items() if v is not None}}


async def _all(operations: Sequence[Callable[[], Coroutine[Any, Any, Any]]]) -> list[Any]:
    """Run all of *operations*, some at once."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(operation: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        async with places:
            return await operation()

    return await asyncio.gather(*map(one, operations))


async def _read(call: Call, what: str, key: str) -> httpx.Response:
    answer = await _ask(call, "GET", what, _key(key), allow=(httpx.codes.NOT_FOUND,))
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise ApiError(404, 10009, "get: 'key not found'")
    return answer


async def _write(call: Call, key: str, value: bytes, metadata: Any, asked: Json) -> None:
    if len(value) > VALUE_LIMIT:
        raise ApiError(413, 10033, f"value exceeds the limit of {VALUE_LIMIT} bytes")
    headers = {} if metadata is None else {"cf-kv-metadata": _header(metadata)}
    await _ask(call, "PUT", "values", key, content=value, headers=headers, params=asked)


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


def _key(key: Any) -> str:
    if not isinstance(key, str) or key in ("", ".", ".."):
        raise ApiError(400, 10023, f"key name {key!r} is not allowed")
    if len(key.encode()) > KEY_LIMIT:
        raise ApiError(
            414,
            10030,
            f"UTF-8 encoded length of {len(key.encode())} exceeds key length limit of {KEY_LIMIT}.",
        )
    return key


def _given_metadata(parts: Mapping[str, bytes]) -> Any:
    try:
        return json.loads(parts["metadata"]) if parts.get("metadata") else None
    except ValueError as error:
        raise malformed_json(f"part metadata: {error}") from error


def _header(metadata: Any) -> str:
    text = json.dumps(metadata, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > METADATA_LIMIT:
        raise ApiError(400, 10035, f"metadata exceeds the limit of {METADATA_LIMIT} bytes")
    return quote(text, safe="")


def _decoded(pair: Pair) -> bytes:
    if not pair.base64:
        return pair.value.encode()
    try:
        return base64.b64decode(pair.value, validate=True)
    except Base64Error as error:
        raise invalid_request(f"value of key {pair.key!r} is no base64") from error


def _list(body: Any) -> list[Any]:
    if not isinstance(body, list) or len(body) > PAIRS_LIMIT:
        raise invalid_request(f"body: Input should be a list of up to {PAIRS_LIMIT} entries")
    return body
