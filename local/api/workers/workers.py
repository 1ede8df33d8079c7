"""Workers by their ids: what stays from version to version, and the versions themselves."""

import base64
import binascii
from collections.abc import Mapping

from common.json_types import Json
from local.api.errors import not_emulated
from local.api.http.call import Body, Call
from local.api.http.envelope import Result, page
from local.api.http.multipart import Part
from local.api.http.routing import Family
from local.api.workers import errors
from local.api.workers.code import read_code, write_code
from local.api.workers.deploy import new_script, versions_of
from local.api.workers.scripts import remove_script, run_upload
from local.api.workers.upload import SCRIPT_NAME, Upload, main_module, read_metadata, source_of
from local.api.workers.versions import find_version, keep_version
from local.api.workers.worker_serializers import version_shown, worker_shown
from local.records.records import Kind, Records

WORKERS = "/accounts/{account_id}/workers/workers"
WORKER = f"{WORKERS}/{{worker_id}}"
VERSIONS = f"{WORKER}/versions"
VERSION = f"{VERSIONS}/{{version_id}}"
LATEST = "latest"

family = Family("Workers, by versions", errors.BODY)


class Subdomain(Body):
    """Whether the worker answers on workers.dev, and its versions alone."""

    enabled: bool = False
    previews_enabled: bool = False


class TailConsumer(Body):
    """A worker that hears what happens."""

    name: str


class NewWorker(Body):
    """What stays from version to version. What a `PUT` leaves out falls back to the default."""

    name: str
    logpush: bool | None = None
    observability: Json | None = None
    subdomain: Subdomain | None = None
    tags: tuple[str, ...] | None = None
    tail_consumers: tuple[TailConsumer, ...] | None = None


class ChangedWorker(NewWorker):
    """What a `PATCH` changes; the rest stays."""

    name: str = ""


class Module(Body):
    """One file of a version."""

    name: str
    content_type: str
    content_base64: str


class NewVersion(Body):
    """The code of a version; all else of it is as in the upload of a script."""

    modules: tuple[Module, ...]


@family("GET", WORKERS)
async def list_workers(call: Call) -> Result:
    records = call.state.records
    found = [*records.all(Kind.SCRIPT), *records.all(Kind.WORKER)]
    return page([worker_shown(records, each) for each in found], call.query)


@family("POST", WORKERS)
async def create_worker(call: Call) -> Json:
    body = await call.read(NewWorker)
    if not SCRIPT_NAME.fullmatch(body.name):
        raise errors.invalid_script_name(body.name)

    def edit(records: Records) -> Json:
        if records.get(Kind.SCRIPT, body.name) or records.get(Kind.WORKER, body.name):
            raise errors.worker_exists(body.name)
        made = new_script(body.name, call.state) | _settings(body)
        return records.put(Kind.WORKER, body.name, made)

    return worker_shown(call.state.records, call.state.note(edit))


@family("GET", WORKER, note="by id or by name")
async def get_worker(call: Call) -> Json:
    return worker_shown(call.state.records, _worker(call.state.records, call))


@family("PUT", WORKER, extent="partial", note="a worker keeps its name")
async def update_worker(call: Call) -> Json:
    return await _change(call, await call.read(NewWorker), {})


@family("PATCH", WORKER, extent="partial", note="a worker keeps its name")
async def edit_worker(call: Call) -> Json:
    known = _worker(call.state.records, call)
    return await _change(call, await call.read(ChangedWorker), known)


@family("DELETE", WORKER, note="deletes its versions, domains, routes, and the data of its objects")
async def delete_worker(call: Call) -> Json:
    found = _worker(call.state.records, call)
    force = call.query.get("force") == "true"
    await call.state.change(lambda records: remove_script(records, found["name"], force=force))
    return {"id": found["tag"]}


@family("GET", VERSIONS, note="the newest 20 are kept")
async def list_versions(call: Call) -> Result:
    worker = _worker(call.state.records, call)
    found = versions_of(call.state.records, worker["name"])
    return page(
        [version_shown(call.state.records, worker, version) for version in found], call.query
    )


@family(
    "POST",
    VERSIONS,
    extent="partial",
    note="`deploy=true` deploys it to all requests; no static assets, no containers",
)
async def create_version(call: Call) -> Json:
    worker = _worker(call.state.records, call)
    upload = await _read_upload(call, worker["name"])
    if call.query.get("deploy") == "true":
        version = (await run_upload(call.state, _with_settings(upload, worker))).version
    else:
        version = await keep_version(call.state, upload)
    return version_shown(call.state.records, _worker(call.state.records, call), version)


@family("GET", VERSION, note="`latest` is one too; its code with `include=modules`")
async def get_version(call: Call) -> Json:
    worker = _worker(call.state.records, call)
    version = _version(call, worker)
    made = version_shown(call.state.records, worker, version)
    if call.query.get("include") == "modules":
        made["modules"] = [_module(part) for part in read_code(call.state.scripts, version)]
    return made


@family("DELETE", VERSION, note="not while it is deployed")
async def delete_version(call: Call) -> None:
    worker = _worker(call.state.records, call)
    version = _version(call, worker)
    shares = worker.get("shares", ())
    if version["id"] in {worker.get("version"), *(share["version_id"] for share in shares)}:
        raise errors.version_serves(version["id"])
    await call.state.change(lambda records: records.remove(Kind.VERSION, version["id"]))


async def _change(call: Call, body: NewWorker, base: Json) -> Json:
    known = _worker(call.state.records, call)
    if body.name not in {"", known["name"]}:
        raise not_emulated(f"another name for worker {known['name']}; create one of that name")

    def edit(records: Records) -> Json:
        kind = Kind.SCRIPT if records.get(Kind.SCRIPT, known["name"]) else Kind.WORKER
        changed = known | _settings(body, base) | {"modified_on": call.state.now()}
        return records.put(kind, known["name"], changed)

    return worker_shown(call.state.records, await call.state.change(edit))


def _settings(body: NewWorker, base: Mapping[str, Json] | None = None) -> Json:
    """Return what *body* sets; what it leaves out is as in *base*, else the default."""
    given = body.model_dump(mode="json", exclude={"name"}, exclude_none=True)
    if "tail_consumers" in given:
        given["tail_consumers"] = [{"service": each["name"]} for each in given["tail_consumers"]]
    defaults: Json = {
        "logpush": False,
        "observability": {"enabled": False},
        "subdomain": {"enabled": False, "previews_enabled": False},
        "tags": [],
        "tail_consumers": [],
    }
    kept = {name: (base or {}).get(name, default) for name, default in defaults.items()}
    return kept | given


def _worker(records: Records, call: Call) -> Json:
    asked = call.params["worker_id"]
    for found in (*records.all(Kind.SCRIPT), *records.all(Kind.WORKER)):
        if asked in {found["name"], found["tag"]}:
            return found
    raise errors.worker_not_found()


def _version(call: Call, worker: Json) -> Json:
    asked, records = call.params["version_id"], call.state.records
    newest = versions_of(records, worker["name"])
    if asked == LATEST and newest:
        return newest[0]
    return find_version(records, worker["name"], asked)


async def _read_upload(call: Call, name: str) -> Upload:
    given = await call.json()
    body = call.parse(NewVersion, given)
    metadata = read_metadata(given)
    parts = [Part(m.name, m.name, m.content_type, _decoded(call, m)) for m in body.modules]
    return Upload(
        name=name,
        code=write_code(call.state.scripts, main_module(metadata), parts),
        metadata=metadata,
        source=source_of(call.header("user-agent")),
    )


def _with_settings(upload: Upload, worker: Json) -> Upload:
    """Leave the settings of the worker as they are: a version has none of them."""
    kept = {name: worker[name] for name in ("logpush", "observability", "tags", "tail_consumers")}
    metadata = upload.metadata.model_copy(update=kept)
    return Upload(**{**vars(upload), "metadata": metadata})


def _decoded(call: Call, module: Module) -> bytes:
    try:
        return base64.b64decode(module.content_base64, validate=True)
    except binascii.Error:
        raise call.wrong_form(f"modules: content_base64 of {module.name} is not base64") from None


def _module(part: Part) -> Json:
    return {
        "name": part.name,
        "content_type": part.content_type,
        "content_base64": base64.b64encode(part.body).decode(),
    }
