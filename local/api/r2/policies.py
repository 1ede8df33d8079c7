"""What stands beside the objects of a bucket: CORS, lifecycle, the public r2.dev address."""

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.r2.buckets import BUCKET, edit_bucket, find
from local.api.r2.errors import BODY
from local.api.r2.rules import Cors, Lifecycle
from local.records.model import managed_host

family = Family("R2 CORS, lifecycle, public access", BODY)


class Managed(Body):
    """Whether the bucket is public at r2.dev."""

    enabled: bool


@family("GET", f"{BUCKET}/cors")
async def get_cors(call: Call) -> Json:
    cors = find(call)["cors"]
    if not cors:
        raise ApiError(404, 10059, "The CORS configuration does not exist.")
    return {"rules": cors}


@family("PUT", f"{BUCKET}/cors")
async def put_cors(call: Call) -> Json:
    body = await call.read(Cors)
    await edit_bucket(call, {"cors": _plain(body)})
    return {}


@family("DELETE", f"{BUCKET}/cors")
async def delete_cors(call: Call) -> Json:
    await edit_bucket(call, {"cors": None})
    return {}


@family("GET", f"{BUCKET}/lifecycle")
async def get_lifecycle(call: Call) -> Json:
    return {"rules": find(call)["lifecycle"]}


@family("PUT", f"{BUCKET}/lifecycle", note="rules run every few minutes, and when asked")
async def put_lifecycle(call: Call) -> Json:
    body = await call.read(Lifecycle)
    ids = [rule.id for rule in body.rules]
    if len(set(ids)) < len(ids):
        raise ApiError(400, 10061, "Invalid Lifecycle Configuration: Rule IDs must be unique")
    await edit_bucket(call, {"lifecycle": _plain(body)})
    return {}


@family("GET", f"{BUCKET}/domains/managed")
async def get_managed_domain(call: Call) -> Json:
    return _managed(call, find(call))


@family("PUT", f"{BUCKET}/domains/managed")
async def put_managed_domain(call: Call) -> Json:
    body = await call.read(Managed)
    return _managed(call, await edit_bucket(call, {"managed_domain": body.enabled}))


@family("GET", f"{BUCKET}/domains/custom", extent="partial", note="no bucket has any")
async def get_custom_domains(call: Call) -> Json:
    find(call)
    return {"domains": []}


def _managed(call: Call, bucket: Json) -> Json:
    host = managed_host(call.state.account.id, bucket["name"])
    return {
        "bucketId": host.removeprefix("pub-").partition(".")[0],
        "domain": host,
        "enabled": bucket["managed_domain"],
    }


def _plain(body: Cors | Lifecycle) -> list[Json]:
    return list(body.model_dump(mode="json", exclude_none=True)["rules"])
