"""Workers KV: namespaces, and pairs kept by the program."""

from typing import TYPE_CHECKING, Any

from common.json_types import Json
from provider.cloudflare.errors import ApiError
from provider.cloudflare.table import Call, Part, Request, Resource, call
from provider.cloudflare.wire import Names

if TYPE_CHECKING:
    from provider.cloudflare.client import Client

_NAMESPACES = "/accounts/{accountId}/storage/kv/namespaces"
_VALUE = f"{_NAMESPACES}/{{namespaceId}}/values/{{keyName}}"
_NO_NAMESPACE, _NO_KEY = 10013, 10009
_METADATA = f"{_NAMESPACES}/{{namespaceId}}/metadata/{{keyName}}"


async def _put_pair(
    client: "Client", _resource: Resource, put: Call, values: Json, _body: Json
) -> Any:
    parts: list[Part] = [("value", (None, values["value"].encode(), None))]
    if values.get("metadata"):
        parts.append(("metadata", (None, values["metadata"].encode(), None)))
    expiry = {"expiration": "expiration", "expirationTtl": "expiration_ttl"}
    query = {to: str(values[name]) for name, to in expiry.items() if values.get(name)}
    return await client.result(Request(put.method, put.url(values), parts=parts, query=query))


async def _get_pair(client: "Client", resource: Resource, values: Json) -> Json:
    value = await client.content(Request("GET", resource.read.url(values)))
    try:
        metadata = await client.result(Request("GET", call(f"GET {_METADATA}").url(values)))
    except ApiError as error:
        if not error.is_not_found({_NO_KEY}):
            raise
        metadata = None
    return {"value": value.text, "metadata": metadata}


NAMESPACE = Resource(
    name="WorkersKvNamespace",
    create=call(f"POST {_NAMESPACES}"),
    read=call(f"GET {_NAMESPACES}/{{id}}"),
    update=call(f"PUT {_NAMESPACES}/{{id}}"),
    delete=call(f"DELETE {_NAMESPACES}/{{id}}"),
    id="{id}",
    gone=frozenset({_NO_NAMESPACE}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId", "jurisdiction"}),
    fixed=frozenset({"supportsUrlEncoding"}),
)

PAIR = Resource(
    name="WorkersKv",
    create=call(f"PUT {_VALUE}"),
    read=call(f"GET {_VALUE}"),
    update=call(f"PUT {_VALUE}"),
    delete=call(f"DELETE {_VALUE}"),
    id="{keyName}",
    gone=frozenset({_NO_KEY, _NO_NAMESPACE}),
    imports="{accountId}/{namespaceId}/{keyName}",
    replace=frozenset({"accountId", "namespaceId", "keyName"}),
    answer=Names(json_text=frozenset({"metadata"})),
    unread=frozenset({"expiration", "expirationTtl"}),
    send=_put_pair,
    fetch=_get_pair,
)

RESOURCES = (NAMESPACE, PAIR)
