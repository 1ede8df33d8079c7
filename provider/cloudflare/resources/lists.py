"""Lists of an account. Items are written by operations, which are waited for."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from common.json_types import Json
from provider.cloudflare.table import Call, Request, Resource, call
from provider.errors import PluginError

if TYPE_CHECKING:
    from provider.cloudflare.client import Client

_LISTS = "/accounts/{accountId}/rules/lists"
_ITEMS = call(f"PUT {_LISTS}/{{id}}/items")
_OPERATION = f"{_LISTS}/bulk_operations/{{operationId}}"
_NO_LIST = 10051
"""Of the local API alone: public sources name no code of this family."""

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, WAITS = 0.05, 2.0, 300
"""An operation is looked at so often: ten minutes."""

_UNDER_WAY = ("pending", "running")


async def _send(
    client: "Client", resource: Resource, asked: Call, values: Json, body: Json
) -> Json:
    """Make or describe the list, then write its items; one that gets none is taken away again."""
    items = body.pop("items", None)
    made: Json = await client.result(Request(asked.method, asked.url(values), body=body))
    if "items" not in values and items is None and asked is resource.create:
        return made
    place = {**values, "id": made["id"]}
    try:
        await _write(client, place, items or [])
    except PluginError:
        if asked is resource.create and resource.delete:
            await client.result(Request("DELETE", resource.delete.url(place)))
        raise
    return {**made, "num_items": len(items or [])}


async def _write(client: "Client", place: Json, items: list[Any]) -> None:
    begun = await client.object(Request("PUT", _ITEMS.url(place), body=items))
    request = Request("GET", call(f"GET {_OPERATION}").url({**place, **_named(begun)}))
    for turn in range(WAITS):
        found = await client.object(request)
        if found.get("status") not in _UNDER_WAY:
            break
        await client.pause(min(FIRST_WAIT_SECONDS * 2.0**turn, LONGEST_WAIT_SECONDS))
    if found.get("status") != "completed":
        why = found.get("error") or f"it is {found.get('status')}"
        raise PluginError(f"{request} says that the items of the list were not written: {why}")


def _named(begun: Json) -> Json:
    return {"operationId": begun.get("operation_id")}


async def _fetch(client: "Client", resource: Resource, place: Json) -> Json | None:
    """Read the list, and its items where the program has them: else they are somebody else's."""
    found: Json = await client.object(Request("GET", resource.read.url(place)))
    if "items" in place or "kind" not in place:
        found = {**found, "items": await client.pages_after(Request("GET", _ITEMS.url(place)))}
    return found


def _items(want: Any, have: Any) -> Any:
    """Compare items in no order, by what a program says of them."""

    def said(items: Any) -> set[tuple[Any, ...]]:
        return {(each.get("ip"), each.get("asn"), each.get("comment") or "") for each in items}

    both = isinstance(want, list) and isinstance(have, list)
    return want if both and said(want) == said(have) else have


LIST = Resource(
    name="List",
    create=call(f"POST {_LISTS}"),
    read=call(f"GET {_LISTS}/{{id}}"),
    update=call(f"PUT {_LISTS}/{{id}}"),
    delete=call(f"DELETE {_LISTS}/{{id}}"),
    id="{id}",
    gone=frozenset({_NO_LIST}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId", "kind", "name"}),
    reconcile=MappingProxyType({"items": _items}),
    passing=frozenset({"numReferencingFilters"}),
    fixed=frozenset({"createdOn"}),
    send=_send,
    fetch=_fetch,
)

RESOURCES = (LIST,)
