"""Workers KV namespaces."""

from typing import Any
from uuid import uuid4

from common.json_types import Json
from local.api.errors import ApiError, invalid_request
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.kv.bulk import BODY
from local.records.records import Kind, Records

NAMESPACES = "/accounts/{account_id}/storage/kv/namespaces"
NAMESPACE = f"{NAMESPACES}/{{namespace_id}}"
TITLE_LIMIT = 512

family = Family("KV namespaces", BODY)


class NamespaceBody(Body):
    """A namespace as it is created or renamed."""

    title: str


@family("GET", NAMESPACES)
async def list_namespaces(call: Call) -> Any:
    order, direction = call.query.get("order", "id"), call.query.get("direction", "asc")
    if order not in ("id", "title") or direction not in ("asc", "desc"):
        raise invalid_request("order is id or title, direction asc or desc")
    found = [_shown(record) for record in call.state.records.all(Kind.KV_NAMESPACE)]
    ordered = sorted(found, key=lambda n: str(n[order]), reverse=direction == "desc")
    return page(ordered, call.query)


@family("POST", NAMESPACES, note="a jurisdiction is kept, but means nothing here")
async def create_namespace(call: Call) -> Json:
    body = await call.read(NamespaceBody)
    return await _put(call, uuid4().hex, body, must_exist=False)


@family("GET", NAMESPACE)
async def get_namespace(call: Call) -> Json:
    return _shown(find(call))


@family("PUT", NAMESPACE)
async def rename_namespace(call: Call) -> Json:
    body = await call.read(NamespaceBody)
    return await _put(call, call.params["namespace_id"], body, must_exist=True)


@family("DELETE", NAMESPACE, note="deletes its keys")
async def delete_namespace(call: Call) -> None:
    namespace_id = find(call)["id"]
    await call.state.change(lambda records: records.remove(Kind.KV_NAMESPACE, namespace_id))


def find(call: Call) -> Json:
    """Find the namespace in the path; refused when there is none."""
    return _find(call.state.records, call.params["namespace_id"])


def _find(records: Records, namespace_id: str) -> Json:
    record = records.get(Kind.KV_NAMESPACE, namespace_id)
    if record is None:
        raise ApiError(404, 10013, "namespace not found")
    return record


async def _put(call: Call, namespace_id: str, body: NamespaceBody, *, must_exist: bool) -> Json:
    _check_title(body.title)

    def edit(records: Records) -> Json:
        if must_exist:
            _find(records, namespace_id)
        for other in records.all(Kind.KV_NAMESPACE):
            if other["title"] == body.title and other["id"] != namespace_id:
                raise ApiError(
                    400, 10014, "a namespace with this account ID and title already exists"
                )
        record = {"id": namespace_id, "title": body.title}
        return _shown(records.put(Kind.KV_NAMESPACE, namespace_id, record))

    return call.state.note(edit) if must_exist else await call.state.change(edit)


def _check_title(title: str) -> None:
    if not title.strip():
        raise ApiError(400, 10019, "namespace title must not be empty")
    if len(title) > TITLE_LIMIT:
        raise ApiError(400, 10018, f"namespace title must not exceed {TITLE_LIMIT} characters")


def _shown(record: Json) -> Json:
    return {**record, "supports_url_encoding": True}
