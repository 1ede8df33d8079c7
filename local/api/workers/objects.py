"""Looking into the storage of Durable Objects, at the addresses of wrangler's Local Explorer."""

from pydantic import model_validator

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.http.envelope import Result, page, whole_number
from local.api.http.routing import Family
from local.api.http.sql_value import SqlValue
from local.api.workers import class_errors, errors
from local.records.model import RefusedError
from local.records.records import Kind

NAMESPACES = "/accounts/{account_id}/workers/durable_objects/namespaces"
NAMESPACE = f"{NAMESPACES}/{{object_namespace_id}}"

family = Family("Durable Objects", errors.BODY)


class Statement(Body):
    """SQL that reads, and the values of its placeholders."""

    sql: str
    params: tuple[SqlValue, ...] = ()


class Query(Body):
    """Statements for one object, which is known by its id or by its name."""

    durable_object_id: str | None = None
    durable_object_name: str | None = None
    queries: tuple[Statement, ...]

    @model_validator(mode="after")
    def _one_object(self) -> "Query":
        if (self.durable_object_id is None) == (self.durable_object_name is None):
            raise ValueError("give durable_object_id or durable_object_name")
        return self


@family("GET", NAMESPACES)
async def list_namespaces(call: Call) -> Result:
    found = [
        namespace | {"name": f"{namespace['script']}_{namespace['class']}"}
        for namespace in call.state.records.all(Kind.DURABLE_OBJECT)
    ]
    return page(found, call.query, 1000)


@family("GET", f"{NAMESPACE}/objects", note="those that have stored something")
async def list_objects(call: Call) -> Result:
    limit = whole_number(call.query, "limit", 1000, most=10_000)
    after = call.query.get("cursor", "")
    stored = call.state.runtime.stored_objects(find_namespace(call)["id"])
    left = [each for each in stored if each > after]
    cut = left[:limit]
    info = {"count": len(cut), "cursor": cut[-1] if len(left) > limit else ""}
    return Result([{"id": each, "hasStoredData": True} for each in cut], info)


@family("POST", f"{NAMESPACE}/query", note="reads only; Cloudflare itself has no such request")
async def query(call: Call) -> list[Json]:
    asked, namespace = await call.read(Query), find_namespace(call)
    try:
        return await call.state.runtime.query_object(
            namespace["id"],
            object_id=asked.durable_object_id,
            name=asked.durable_object_name,
            statements=[each.model_dump(mode="json") for each in asked.queries],
        )
    except RefusedError as error:
        raise ApiError(400, 10001, str(error)) from error


def find_namespace(call: Call) -> Json:
    """Find the namespace in the path."""
    found = call.state.records.get(Kind.DURABLE_OBJECT, call.params["object_namespace_id"])
    if found is None:
        raise class_errors.namespace_not_found(call.params["object_namespace_id"])
    return found
