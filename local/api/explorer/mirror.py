"""The API of wrangler's Local Explorer: that of Cloudflare without the account in its paths.

Miniflare answers it at the hosts of workers. What it is about is described by an OpenAPI document
in its package; this is the part of it that is about data and workers.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from pydantic import RootModel, ValidationError
from starlette.responses import JSONResponse, Response

from common.json_types import Json
from local.api.d1 import databases
from local.api.errors import ApiError, invalid_request
from local.api.explorer.workers import shown_workers
from local.api.http.call import Body, Call
from local.api.http.envelope import Result
from local.api.http.routing import Family, Operation
from local.api.kv import namespaces, values
from local.api.r2 import buckets, objects
from local.api.workers import objects as durable_objects
from local.api.workers.scripts import find
from local.records.model import RefusedError

ROOT = "/cdn-cgi/local/explorer/api"
FORMER = "/cdn-cgi/explorer/api"
"""Where it was in version 4 of miniflare, which wrangler 4 runs."""

ACCOUNT = "/accounts/{account_id}"
MIRRORED = (
    ("GET", namespaces.NAMESPACES),
    ("GET", f"{namespaces.NAMESPACE}/keys"),
    ("GET", f"{namespaces.NAMESPACE}/values/{{key_name...}}"),
    ("PUT", f"{namespaces.NAMESPACE}/values/{{key_name...}}"),
    ("DELETE", f"{namespaces.NAMESPACE}/values/{{key_name...}}"),
    ("PUT", f"{namespaces.NAMESPACE}/bulk"),
    ("POST", f"{namespaces.NAMESPACE}/bulk/delete"),
    ("POST", f"{namespaces.NAMESPACE}/bulk/get"),
    ("GET", databases.DATABASES),
    ("POST", f"{databases.DATABASE}/raw"),
    ("GET", durable_objects.NAMESPACES),
    ("GET", f"{durable_objects.NAMESPACE}/objects"),
    ("POST", f"{durable_objects.NAMESPACE}/query"),
    ("GET", buckets.BUCKETS),
    ("GET", buckets.BUCKET),
    ("DELETE", objects.OBJECT),
)
"""What is answered as by the API of the account."""

SOURCES = (
    namespaces.family,
    values.family,
    databases.family,
    durable_objects.family,
    buckets.family,
    objects.family,
)

family = Family("Local Explorer")


class Custom(RootModel[dict[str, str]]):
    """What somebody notes of an object."""


class Keys(RootModel[list[str]]):
    """Names of objects."""


class Schedule(Body):
    """Which schedule is to run; by default one without a name."""

    cron: str = ""


def path_of(raw: str) -> str:
    """Return the path *raw* with the prefix of today; others stay as they are."""
    is_former = raw == FORMER or raw.startswith(f"{FORMER}/")
    return f"{ROOT}{raw.removeprefix(FORMER)}" if is_former else raw


def has(path: str) -> bool:
    """Return whether *path* is one of the Local Explorer."""
    return path == ROOT or path.startswith(f"{ROOT}/")


def _mirrored() -> Iterator[Operation]:
    known = {(op.method, op.path): op for source in SOURCES for op in source.operations}
    for each in MIRRORED:
        operation = known[each]
        path = f"{ROOT}{operation.path.removeprefix(ACCOUNT)}"
        yield replace(operation, path=path, family=family.name)


@family("GET", f"{ROOT}/local/workers")
async def list_workers(call: Call) -> list[Json]:
    return shown_workers(call.state.cloud())


@family("POST", f"{ROOT}/local/scheduled", note="runs it now; `scheduled_time` changes nothing")
async def run_schedule(call: Call) -> Json:
    name = call.query.get("worker", "")
    find(call.state.records, name)
    cron = (await call.read(Schedule)).cron
    try:
        ended = await call.state.runtime.trigger_cron(name, cron)
    except RefusedError as error:
        raise invalid_request(str(error)) from error
    return {"outcome": ended["outcome"], "noRetry": ended.get("noRetry", False)}


@family("GET", f"{ROOT}{objects.OBJECTS.removeprefix(ACCOUNT)}")
async def list_objects(call: Call) -> Result:
    found = await objects.list_objects(call)
    info = dict(found.info or {})
    return Result(found.body, info | {"is_truncated": str(info["is_truncated"]).lower()})


@family("GET", f"{ROOT}{objects.OBJECT.removeprefix(ACCOUNT)}")
async def get_object(call: Call) -> Json | Response:
    """Answer an object, or what is known of it where `cf-metadata-only` says so."""
    if call.header("cf-metadata-only") == "true":
        return await objects.describe(call)
    return await objects.get_object(call)


@family("PUT", f"{ROOT}{objects.OBJECT.removeprefix(ACCOUNT)}")
async def put_object(call: Call) -> Json:
    """Keep an object, with what `cf-r2-custom-metadata` notes of it as JSON."""
    try:
        custom = Custom.model_validate_json(call.header("cf-r2-custom-metadata") or "{}").root
    except ValidationError:
        raise ApiError(400, 10001, "Invalid custom metadata JSON") from None
    return await objects.store(call, {"x-custom-metadata": quote(json.dumps(custom))})


@family("DELETE", f"{ROOT}{objects.OBJECTS.removeprefix(ACCOUNT)}")
async def delete_objects(call: Call) -> list[Json]:
    try:
        keys = Keys.model_validate(await call.json(), strict=True).root
    except ValidationError:
        keys = []
    if not keys:
        raise ApiError(400, 10001, "Request body must be a non-empty array of keys")
    for key in keys:
        await objects.delete_object(replace(call, params={**call.params, "object_key": key}))
    return [{"key": key} for key in keys]


@family("GET", f"{ROOT}/workflows", note="none")
async def list_workflows(_call: Call) -> Result:
    return Result([], {"count": 0})


@family("GET", f"{ROOT}/flagship/apps", note="none")
async def list_apps(_call: Call) -> list[Json]:
    return []


@family("GET", ROOT, note="what of it is answered, as OpenAPI")
async def describe(_call: Call) -> Response:
    paths: dict[str, Json] = {}
    for each in family.operations:
        about = {"summary": f"{each.method} {each.path.removeprefix(ROOT)}", "responses": {}}
        path = each.path.removeprefix(ROOT).replace("...}", "}") or "/"
        paths.setdefault(path, {})[each.method.lower()] = about
    info = {"title": "Local Explorer API", "version": "0.0.1"}
    document = {"openapi": "3.0.3", "info": info, "servers": [{"url": ROOT}], "paths": paths}
    return JSONResponse(document)  # a client reads the document itself, without an envelope


family.operations.extend(_mirrored())
