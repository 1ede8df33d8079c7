"""Workers scripts: upload, list, read, delete."""

from contextlib import suppress
from dataclasses import replace

from starlette.responses import Response

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import Call, parse
from local.api.http.multipart import write_form
from local.api.http.routing import Family
from local.api.state.state import State
from local.api.workers import errors, serializers
from local.api.workers.code import read_code
from local.api.workers.deploy import Deployed, deploy, live_version
from local.api.workers.upload import Metadata, Upload, code_of, read_upload, script_name, unchanged
from local.records.model import Checked, Cloud, RefusedError, Worker
from local.records.records import Kind, Records

family = Family("Workers scripts", errors.BODY)

TIED_TO_WORKERS = {"durable_object_namespace", "service"}
SCRIPTS = "/accounts/{account_id}/workers/scripts"
SCRIPT = f"{SCRIPTS}/{{script_name}}"


@family("GET", SCRIPTS)
async def list_scripts(call: Call) -> list[Json]:
    records = call.state.records
    return [serializers.script(s, live_version(records, s)) for s in records.all(Kind.SCRIPT)]


@family(
    "PUT",
    SCRIPT,
    extent="partial",
    note="ES modules; no static assets, no service worker syntax; "
    "Durable Object classes are SQLite-backed; secrets stay when an upload has none",
)
async def put_script(call: Call) -> Json:
    deployed = await run_upload(call.state, await read_upload(call))
    return serializers.script(deployed.script, deployed.version)


async def run_upload(state: State, upload: Upload) -> Deployed:
    """Check an upload on the runtime and deploy it. Uploads of one script come one by one."""
    async with state.uploads[upload.name]:
        checked = await check_upload(state, upload)
        try:
            return await state.change(lambda records: deploy(records, state, upload, checked))
        except BaseException:
            await state.serve_again()
            raise


async def check_upload(state: State, upload: Upload) -> Checked:
    """Start the worker that *upload* would make, on the side; refused when it does not start."""
    _, cloud = state.preview(lambda records: deploy(records, state, upload))
    (candidate,) = (worker for worker in cloud.workers if worker.name == upload.name)
    try:
        return await state.check(candidate, cloud)
    except ApiError:
        await _explain(state, upload, candidate, cloud)
        raise


async def _explain(state: State, upload: Upload, candidate: Worker, cloud: Cloud) -> None:
    """Raise the better error when all that is wrong is a class that is not exported."""
    alone = replace(
        candidate,
        durable_objects=(),
        bindings=tuple(b for b in candidate.bindings if b["type"] not in TIED_TO_WORKERS),
    )
    with suppress(RefusedError):
        checked = await state.runtime.check(
            alone, replace(cloud, workers=(alone,), routes=(), consumers=())
        )
        state.preview(lambda records: deploy(records, state, upload, checked))


@family("GET", SCRIPT)
async def get_script(call: Call) -> Response:
    return _content(call)


@family("GET", f"{SCRIPT}/content")
async def get_content(call: Call) -> Response:
    return _content(call)


@family("GET", f"{SCRIPT}/content/v2")
async def get_content_v2(call: Call) -> Response:
    return _content(call)


@family("PUT", f"{SCRIPT}/content", note="code only; settings and bindings stay as they are")
async def put_content(call: Call) -> Json:
    script, version = find(call.state.records, script_name(call))
    given = await read_upload(call)
    main = {"main_module": given.metadata.main_module}
    metadata = parse(Metadata, unchanged(script, version) | main)
    upload = Upload(given.name, given.code, metadata, source=given.source)
    deployed = await run_upload(call.state, upload)
    return serializers.script(deployed.script, deployed.version)


@family(
    "DELETE", SCRIPT, note="deletes the data of its Durable Objects, its routes and its domains"
)
async def delete_script(call: Call) -> Json:
    name = script_name(call)
    force = call.query.get("force") == "true"
    find(call.state.records, name)
    await call.state.change(lambda records: remove_script(records, name, force=force))
    return {"id": name}


@family("GET", f"{SCRIPT}/references", note="as wrangler asks before it deletes")
async def get_references(call: Call) -> Json:
    records = call.state.records
    name = script_name(call)
    find(records, name)
    users = [{"name": user, "service": user} for user in users_of(records, name)]
    return {"services": {"incoming": users, "outgoing": [], "pages_function": False}}


@family("GET", "/accounts/{account_id}/workers/tails/by-consumer/{script_name}")
async def get_tail_producers(call: Call) -> list[Json]:
    name = script_name(call)
    return [
        {"consumer": name, "producer": script["name"]}
        for script in call.state.records.all(Kind.SCRIPT)
        if name in {tail.get("service") for tail in script["tail_consumers"]}
    ]


@family("GET", "/accounts/{account_id}/workers/services/{script_name}")
async def get_service(call: Call) -> Json:
    record = call.state.records.get(Kind.SCRIPT, call.params["script_name"])
    if record is None:
        raise errors.service_not_found()
    return serializers.service(record, live_version(call.state.records, record))


@family("DELETE", "/accounts/{account_id}/workers/services/{script_name}")
async def delete_service(call: Call) -> Json:
    return await delete_script(call)


def find(records: Records, name: str) -> tuple[Json, Json]:
    """Find a script and the version of it that serves; refused when there is none."""
    script = records.get(Kind.SCRIPT, name)
    if script is None:
        raise errors.script_not_found()
    return script, live_version(records, script)


async def redeploy(state: State, name: str, changes: Json, source: str) -> Deployed:
    """Deploy the script again with *changes* of its metadata and the code it has."""
    script, version = find(state.records, name)
    metadata = parse(Metadata, unchanged(script, version) | changes)
    upload = Upload(name, code_of(version), metadata, strict=True, patch=True, source=source)
    return await run_upload(state, upload)


def _content(call: Call) -> Response:
    _, version = find(call.state.records, script_name(call))
    body, content_type = write_form(read_code(call.state.scripts, version))
    headers = {"cf-entrypoint": version["main_module"], "etag": f'"{version["code"]}"'}
    return Response(body, headers=headers, media_type=content_type)


def users_of(records: Records, name: str) -> list[str]:
    """Other scripts that are bound to *name*, by service or by Durable Object."""
    own = {d["id"] for d in records.all(Kind.DURABLE_OBJECT) if d["script"] == name}

    def uses(binding: Json) -> bool:
        return binding.get("service") == name or binding.get("namespace_id") in own

    return [
        script["name"]
        for script in records.all(Kind.SCRIPT)
        if script["name"] != name and any(map(uses, live_version(records, script)["bindings"]))
    ]


def remove_script(records: Records, name: str, *, force: bool) -> None:
    """Remove what is called *name*, with all that is its own; refused where others need it."""
    consumers = [c for c in records.all(Kind.CONSUMER) if c.get("script_name") == name]
    users = users_of(records, name)
    if consumers and not force:
        raise errors.consumes_a_queue()
    if users and not force:
        raise errors.is_referenced(users[0])
    for kind, key, owner in (
        (Kind.VERSION, "id", "script"),
        (Kind.DEPLOYMENT, "id", "script"),
        (Kind.DURABLE_OBJECT, "id", "script"),
        (Kind.ROUTE, "id", "script"),
        (Kind.DOMAIN, "id", "service"),
        (Kind.CONSUMER, "consumer_id", "script_name"),
    ):
        for record in records.all(kind):
            if record.get(owner) == name:
                records.remove(kind, record[key])
    records.remove(Kind.SCHEDULES, name)
    records.remove(Kind.WORKER, name)
    records.remove(Kind.SCRIPT, name)
