"""Versions and deployments of a script: every upload makes one of each."""

from common.json_types import Json
from local.api.errors import ApiError, not_emulated
from local.api.http.call import Body, Call
from local.api.http.envelope import Result, page
from local.api.http.routing import Family
from local.api.workers import errors, serializers
from local.api.workers.deploy import deployments_of, draft, release, versions_of
from local.api.workers.scripts import SCRIPT, check_upload, find
from local.api.workers.upload import read_upload, script_name
from local.records.records import Kind, Records

ALL = 100

family = Family("Workers versions and deployments", errors.BODY)


class Share(Body):
    """How much of the traffic a version gets, in percent."""

    version_id: str
    percentage: float


class NewDeployment(Body):
    """The body of a new deployment."""

    strategy: str = "percentage"
    versions: tuple[Share, ...]
    annotations: dict[str, str | None] | None = None


@family("GET", f"{SCRIPT}/versions", note="the newest 20 are kept")
async def list_versions(call: Call) -> Result:
    name = script_name(call)
    find(call.state.records, name)
    found = versions_of(call.state.records, name)
    cut = page([serializers.version_summary(version) for version in found], call.query)
    return Result({"items": cut.body}, cut.info)


@family("GET", f"{SCRIPT}/versions/{{version_id}}")
async def get_version(call: Call) -> Json:
    script, _ = find(call.state.records, script_name(call))
    version = _version(call.state.records, script["name"], call.params["version_id"])
    return serializers.version_detail(version, script)


@family("POST", f"{SCRIPT}/versions", note="not deployed; Durable Object migrations are refused")
async def upload_version(call: Call) -> Json:
    state = call.state
    upload = await read_upload(call)
    if upload.metadata.migrations:
        raise ApiError(
            400, 10211, "A version with Durable Object migrations must be deployed at once"
        )
    script, _ = find(state.records, upload.name)
    checked = await check_upload(state, upload)

    def edit(records: Records) -> Json:
        version, _ = draft(records, state, upload, checked)
        return records.put(Kind.VERSION, version["id"], version)

    return serializers.version_detail(state.note(edit), script)


@family("GET", f"{SCRIPT}/deployments")
async def list_deployments(call: Call) -> Json:
    name = script_name(call)
    find(call.state.records, name)
    found = deployments_of(call.state.records, name)
    return {"deployments": [serializers.deployment(deployment) for deployment in found]}


@family("GET", f"{SCRIPT}/deployments/{{deployment_id}}")
async def get_deployment(call: Call) -> Json:
    name = script_name(call)
    for deployment in deployments_of(call.state.records, name):
        if deployment["id"] == call.params["deployment_id"]:
            return serializers.deployment(deployment)
    raise ApiError(404, 10092, "The deployment does not exist.")


@family(
    "POST",
    f"{SCRIPT}/deployments",
    extent="partial",
    note="one version at 100 %: deploys it anew, as a rollback does; no gradual deployment",
)
async def create_deployment(call: Call) -> Json:
    name = script_name(call)
    body = await call.read(NewDeployment)
    (share, *others) = body.versions or (None,)
    if share is None or others or share.percentage != ALL:
        raise not_emulated("gradual deployment; give one version at 100 percent")
    notes = {key: value for key, value in (body.annotations or {}).items() if value}
    released = await call.state.change(
        lambda records: _redeploy(records, call, name, share.version_id, notes)
    )
    found = deployments_of(call.state.records, name)
    return next(serializers.deployment(d) for d in found if d["id"] == released["deployment_id"])


def _redeploy(
    records: Records, call: Call, name: str, version_id: str, notes: dict[str, str]
) -> Json:
    script, _ = find(records, name)
    version = _version(records, name, version_id)
    return release(records, call.state, script, version | {"annotations": notes})


def _version(records: Records, name: str, version_id: str) -> Json:
    version = records.get(Kind.VERSION, version_id)
    if version is None or version["script"] != name:
        raise ApiError(404, 10092, "The version does not exist.")
    return version
