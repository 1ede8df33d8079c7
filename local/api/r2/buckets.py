"""R2 buckets."""

import re
from typing import Any, Literal

import httpx
from pydantic import Field, field_validator

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.http.envelope import Result, whole_number
from local.api.http.routing import Family
from local.api.r2.errors import BODY, one_of
from local.api.state import runtime_port
from local.records.records import Kind, Records

BUCKETS = "/accounts/{account_id}/r2/buckets"
BUCKET = f"{BUCKETS}/{{bucket_name}}"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
DEFAULT_ABORT = {
    "id": "Default Multipart Abort Rule",
    "enabled": True,
    "conditions": {"prefix": ""},
    "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": 604800}},
}
"""What Cloudflare gives every new bucket; a `PUT lifecycle` replaces it."""

StorageClass = Literal["Standard", "InfrequentAccess"]
Location = Literal["apac", "eeur", "enam", "weur", "wnam", "oc"]
JURISDICTIONS = ("default", "eu", "fedramp", "us")

family = Family("R2 buckets", BODY)


class NewBucket(Body):
    """A bucket as it is created."""

    name: str
    location: Location | None = Field(default=None, alias="locationHint")
    storage_class: StorageClass = Field(default="Standard", alias="storageClass")

    @field_validator("location", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value


@family("GET", BUCKETS)
async def list_buckets(call: Call) -> Result:
    size = whole_number(call.query, "per_page", 20, most=1000)
    after = call.query.get("cursor") or call.query.get("start_after") or ""
    wanted = call.query.get("name_contains", "")
    down = one_of("parameter direction", call.query.get("direction"), ("asc", "desc")) == "desc"
    found = [b for b in call.state.records.all(Kind.BUCKET) if wanted in b["name"]]
    ordered = sorted(found, key=lambda b: b["name"], reverse=down)
    rest = [b for b in ordered if not after or _follows(b["name"], after, down=down)]
    cursor = rest[size - 1]["name"] if len(rest) > size else ""
    return Result(
        {"buckets": [_shown(b) for b in rest[:size]]}, {"cursor": cursor, "per_page": size}
    )


@family("POST", BUCKETS, note="location and jurisdiction are kept, but mean nothing here")
async def create_bucket(call: Call) -> Json:
    body = await call.read(NewBucket)
    if not NAME.fullmatch(body.name):
        raise ApiError(400, 10005, "The specified bucket name is not valid.")
    record = {
        "name": body.name,
        "creation_date": call.state.now(),
        "location": (body.location or "enam").upper(),
        "storage_class": body.storage_class,
        "jurisdiction": _jurisdiction(call),
        "cors": None,
        "lifecycle": [DEFAULT_ABORT],
        "managed_domain": False,
    }

    def edit(records: Records) -> Json:
        if records.get(Kind.BUCKET, body.name):
            raise ApiError(
                409, 10004, "The bucket you tried to create already exists, and you own it."
            )
        return records.put(Kind.BUCKET, body.name, record)

    return _shown(await call.state.change(edit))


@family("GET", BUCKET)
async def get_bucket(call: Call) -> Json:
    return _shown(find(call))


@family(
    "PATCH",
    BUCKET,
    extent="refused",
    note="405 with code 7001, as on Cloudflare, though its documentation has the request",
)
async def update_bucket(_: Call) -> None:
    raise ApiError(405, 7001, "Method PATCH not available for that URI.")


@family("DELETE", BUCKET)
async def delete_bucket(call: Call) -> None:
    name = find(call)["name"]
    answer = await runtime_port.ask(call.state.runtime, "GET", "r2", name)
    held = answer.json() if answer.status_code == httpx.codes.OK else {}
    if held.get("objects") or held.get("uploads"):
        raise ApiError(409, 10008, "The bucket you tried to delete is not empty.")
    await call.state.change(lambda records: records.remove(Kind.BUCKET, name))


def find(call: Call) -> Json:
    """Find the bucket in the path, in the jurisdiction that the request names."""
    return _find(call.state.records, call.params["bucket_name"], _jurisdiction(call))


async def edit_bucket(call: Call, changes: Json) -> Json:
    """Change the bucket in the path, and serve it so."""
    name, jurisdiction = call.params["bucket_name"], _jurisdiction(call)

    def edit(records: Records) -> Json:
        record = _find(records, name, jurisdiction)
        return records.put(Kind.BUCKET, name, record | changes)

    return await call.state.change(edit)


def _find(records: Records, name: str, jurisdiction: str) -> Json:
    record = records.get(Kind.BUCKET, name)
    if record is None or record["jurisdiction"] != jurisdiction:
        raise ApiError(404, 10006, "The specified bucket does not exist.")
    return record


def _jurisdiction(call: Call) -> str:
    return one_of("header cf-r2-jurisdiction", call.header("cf-r2-jurisdiction"), JURISDICTIONS)


def _follows(name: str, after: str, *, down: bool) -> bool:
    return name < after if down else name > after


def _shown(record: Json) -> Json:
    names = ("name", "creation_date", "location", "storage_class", "jurisdiction")
    return {name: record[name] for name in names}
