"""What stands beside the objects of a bucket: CORS, lifecycle, the public r2.dev address."""

from typing import Literal

from pydantic import Field

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.r2.buckets import BUCKET, edit_bucket, find
from local.records.model import managed_host

family = Family("R2 CORS, lifecycle, public access")


class Allowed(Body):
    """What a page of another origin may do."""

    origins: tuple[str, ...] = Field(min_length=1)
    methods: tuple[Literal["GET", "PUT", "POST", "DELETE", "HEAD"], ...] = Field(min_length=1)
    headers: tuple[str, ...] | None = None


class CorsRule(Body):
    """One rule of a CORS policy."""

    allowed: Allowed
    id: str | None = None
    exposeHeaders: tuple[str, ...] | None = None  # noqa: N815  # as on the wire
    maxAgeSeconds: int | None = Field(default=None, ge=0, le=86400)  # noqa: N815


class Cors(Body):
    """A CORS policy."""

    rules: tuple[CorsRule, ...] = Field(max_length=100)


class Condition(Body):
    """When a rule acts: at an age in seconds, or on a date."""

    type: Literal["Age", "Date"]
    maxAge: int | None = Field(default=None, ge=0)  # noqa: N815
    date: str | None = None


class Transition(Body):
    """Something that happens under a condition."""

    condition: Condition


class StorageTransition(Transition):
    """Objects move to another storage class."""

    storageClass: Literal["InfrequentAccess"]  # noqa: N815


class Conditions(Body):
    """Which objects a rule is about."""

    prefix: str = ""


class LifecycleRule(Body):
    """One rule of a lifecycle."""

    id: str = Field(min_length=1, max_length=255)
    enabled: bool
    conditions: Conditions = Conditions()
    deleteObjectsTransition: Transition | None = None  # noqa: N815
    abortMultipartUploadsTransition: Transition | None = None  # noqa: N815
    storageClassTransitions: tuple[StorageTransition, ...] | None = None  # noqa: N815


class Lifecycle(Body):
    """All the lifecycle rules of a bucket."""

    rules: tuple[LifecycleRule, ...] = Field(default=(), max_length=1000)


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
    for rule in body.rules:
        _check_rule(rule)
    await edit_bucket(call, {"lifecycle": _plain(body)})
    return {}


@family("GET", f"{BUCKET}/domains/managed")
async def get_managed_domain(call: Call) -> Json:
    return _managed(call, find(call))


@family("PUT", f"{BUCKET}/domains/managed")
async def put_managed_domain(call: Call) -> Json:
    body = await call.read(Managed)
    return _managed(call, await edit_bucket(call, {"managed_domain": body.enabled}))


def _managed(call: Call, bucket: Json) -> Json:
    host = managed_host(call.state.account.id, bucket["name"])
    return {
        "bucketId": host.removeprefix("pub-").partition(".")[0],
        "domain": host,
        "enabled": bucket["managed_domain"],
    }


def _plain(body: Cors | Lifecycle) -> list[Json]:
    return list(body.model_dump(mode="json", exclude_none=True)["rules"])


def _check_rule(rule: LifecycleRule) -> None:
    """Refuse a transition without the age or the date that its type names."""
    transitions = [rule.deleteObjectsTransition, rule.abortMultipartUploadsTransition]
    for transition in [*transitions, *(rule.storageClassTransitions or ())]:
        if transition is None:
            continue
        condition = transition.condition
        if (condition.maxAge if condition.type == "Age" else condition.date) is None:
            field = "maxAge" if condition.type == "Age" else "date"
            raise ApiError(
                400, 10062, f"Invalid Lifecycle Configuration: rule {rule.id} needs {field}"
            )
