"""Versions of a script, and deployments: which of them answers how much."""

from collections.abc import Iterable

from common.json_types import Json
from local.api.http.call import Body, Call
from local.api.http.envelope import Result, page
from local.api.http.routing import Family
from local.api.state.state import State
from local.api.workers import class_errors, errors, exports, serializers
from local.api.workers.deploy import (
    ALL,
    Share,
    deployments_of,
    draft,
    newest_version,
    release,
    versions_of,
)
from local.api.workers.scripts import SCRIPT, check_upload
from local.api.workers.upload import Upload, read_upload, script_name
from local.records.records import Kind, Records

MOST_VERSIONS = 2
"""Versions that one deployment may have."""

DEPLOYMENTS = f"{SCRIPT}/deployments"
DEPLOYMENT = f"{DEPLOYMENTS}/{{deployment_id}}"

family = Family("Workers versions and deployments", errors.BODY)


class NewShare(Body):
    """How much of the traffic a version gets, in percent."""

    version_id: str
    percentage: float


class NewDeployment(Body):
    """The body of a new deployment."""

    strategy: str = "percentage"
    versions: tuple[NewShare, ...]
    annotations: dict[str, str | None] | None = None


@family("GET", f"{SCRIPT}/versions", note="the newest 20 are kept")
async def list_versions(call: Call) -> Result:
    script = find_worker(call.state.records, script_name(call))
    found = versions_of(call.state.records, script["name"])
    cut = page([serializers.version_summary(version, script) for version in found], call.query)
    return Result({"items": cut.body}, cut.info)


@family("GET", f"{SCRIPT}/versions/{{version_id}}")
async def get_version(call: Call) -> Json:
    script = find_worker(call.state.records, script_name(call))
    version = find_version(call.state.records, script["name"], call.params["version_id"])
    return serializers.version_detail(version, script)


@family(
    "POST",
    f"{SCRIPT}/versions",
    note="not deployed; what begins, moves or ends a Durable Object class is refused",
)
async def upload_version(call: Call) -> Json:
    upload = await read_upload(call)
    script = find_worker(call.state.records, upload.name)
    return serializers.version_detail(await keep_version(call.state, upload), script)


async def keep_version(state: State, upload: Upload) -> Json:
    """Check an upload and keep it as a version that is not deployed; its previews answer."""
    if upload.metadata.migrations:
        raise errors.lifecycle_needs_deployment("Durable Object migrations")
    checked = await check_upload(state, upload)

    def edit(records: Records) -> Json:
        previous = newest_version(records, upload.name)
        version, _ = draft(records, state, upload, checked, previous)
        _must_change_no_class(version)
        return records.put(Kind.VERSION, version["id"], version)

    return await state.change(edit)


def _must_change_no_class(version: Json) -> None:
    report = version.get("exports_reconciliation") or {}
    if exports.changes(report):
        raise errors.lifecycle_needs_deployment("a change of its Durable Object exports")


@family("GET", DEPLOYMENTS)
async def list_deployments(call: Call) -> Json:
    script = find_worker(call.state.records, script_name(call))
    found = deployments_of(call.state.records, script["name"])
    return {"deployments": [serializers.deployment(deployment) for deployment in found]}


@family("GET", DEPLOYMENT)
async def get_deployment(call: Call) -> Json:
    return serializers.deployment(_deployment(call.state.records, call))


@family("DELETE", DEPLOYMENT)
async def delete_deployment(call: Call) -> None:
    def edit(records: Records) -> None:
        found = _deployment(records, call)
        if deployments_of(records, found["script"])[0] == found:
            raise errors.deployment_serves()
        records.remove(Kind.DEPLOYMENT, found["id"])

    call.state.note(edit)


@family(
    "POST",
    DEPLOYMENTS,
    note="one or two versions; all Durable Objects live in the version with the largest share, "
    "where Cloudflare gives each object one of them",
)
async def create_deployment(call: Call) -> Json:
    name = script_name(call)
    body = await call.read(NewDeployment)
    notes = {key: value for key, value in (body.annotations or {}).items() if value}

    def edit(records: Records) -> Json:
        script = find_worker(records, name)
        shares = _shares(records, script, body.versions)
        return release(records, call.state, script, shares, notes or {})

    released = await call.state.change(edit)
    found = deployments_of(call.state.records, name)
    return next(serializers.deployment(d) for d in found if d["id"] == released["deployment_id"])


def _shares(records: Records, script: Json, given: Iterable[NewShare]) -> list[Share]:
    """Check the shares of a deployment, and that its versions fit together."""
    shares = [Share(share.version_id, share.percentage) for share in given]
    versions = [find_version(records, script["name"], share.version_id) for share in shares]
    if not 1 <= len(shares) <= MOST_VERSIONS:
        raise errors.invalid_deployment(f"it has {len(shares)} versions; give one or two")
    if len({share.version_id for share in shares}) < len(shares):
        raise errors.invalid_deployment("it names one version twice")
    if any(not 0 <= share.percentage <= ALL for share in shares):
        raise errors.invalid_deployment("a percentage lies between 0 and 100")
    total = sum(share.percentage for share in shares)
    if round(total, 6) != ALL:
        raise errors.invalid_deployment(f"the percentages come to {total:g}, not to 100")
    if any(exports.live_classes(each) != exports.live_classes(versions[0]) for each in versions):
        raise class_errors.exports_differ()
    return shares


def find_worker(records: Records, name: str) -> Json:
    """Find a script, or what stands for one before its first deployment."""
    found = records.get(Kind.SCRIPT, name) or records.get(Kind.WORKER, name)
    if found is None:
        raise errors.script_not_found()
    return found


def find_version(records: Records, name: str, version_id: str) -> Json:
    """Find a version of the script *name*; refused when there is none."""
    version = records.get(Kind.VERSION, version_id)
    if version is None or version["script"] != name:
        raise errors.version_not_found()
    return version


def _deployment(records: Records, call: Call) -> Json:
    script = find_worker(records, script_name(call))
    for deployment in deployments_of(records, script["name"]):
        if deployment["id"] == call.params["deployment_id"]:
            return deployment
    raise errors.deployment_not_found()
