"""The functions of the SDK (`get_zone` …) the stand-in plugin answers, as a table over API v4."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.json_types import Json
from provider import sdk
from provider.cloudflare.table import PREFIX, Request, call
from provider.cloudflare.wire import Names, decode_fields, encode_fields
from provider.errors import PluginError
from provider.property_types import ObjectOf, Property

if TYPE_CHECKING:
    from provider.cloudflare.client import Client

_NAMES = Names()
_LIST_ONLY = {"results", "maxItems", "id"}


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function: a list (`results`), an object by its id or by a filter, or a text."""

    name: str
    path: str
    """Path of the list, or of the object."""

    filter_on: str = ""
    """Path of the list to search when the caller gives `filter` and no id. Default: none."""

    key: str = ""
    """Argument that is the id of the object. Default: a list is asked for."""

    text: str = ""
    """Property that the whole answer is, where that is a text. Default: the answer is an object."""

    @property
    def token(self) -> str:
        """The function as Pulumi writes it."""
        return f"{PREFIX}{self.name}:{self.name}"


_ACCOUNT = "/accounts/{accountId}"
FUNCTIONS: dict[str, Function] = {
    function.token: function
    for function in (
        Function(name="getWorkersScripts", path=f"{_ACCOUNT}/workers/scripts"),
        Function(name="getWorkersKvNamespaces", path=f"{_ACCOUNT}/storage/kv/namespaces"),
        Function(name="getQueues", path=f"{_ACCOUNT}/queues"),
        Function(name="getD1Databases", path=f"{_ACCOUNT}/d1/database"),
        Function(name="getZones", path="/zones"),
        Function(name="getAccounts", path="/accounts"),
        Function(name="getZone", path="/zones/{zoneId}", filter_on="/zones", key="zoneId"),
        Function(name="getAccount", path=_ACCOUNT, filter_on="/accounts", key="accountId"),
        Function(
            name="getD1Database",
            path=f"{_ACCOUNT}/d1/database/{{databaseId}}",
            filter_on=f"{_ACCOUNT}/d1/database",
            key="databaseId",
        ),
        Function(
            name="getZeroTrustTunnelCloudflaredToken",
            path=f"{_ACCOUNT}/cfd_tunnel/{{tunnelId}}/token",
            key="tunnelId",
            text="token",
        ),
    )
}


async def invoke(client: "Client", token: str, arguments: Json) -> Json:
    """Return the answer of the function *token*; `PluginError` names what is supported."""
    function = FUNCTIONS.get(token)
    if function is None:
        supported = ", ".join(sorted(known.name for known in FUNCTIONS.values()))
        raise PluginError(f"not supported by the stand-in plugin: {token}; it has {supported}")
    fields = sdk.function(token)
    if function.text:
        return await _text(client, function, arguments)
    if not function.key:
        return await _list(client, function, fields, arguments)
    return await _object(client, function, fields, arguments)


async def _list(
    client: "Client", function: Function, fields: dict[str, Property], arguments: Json
) -> Json:
    asked = {name: value for name, value in arguments.items() if name not in _LIST_ONLY}
    limit = arguments.get("maxItems") or 1_000
    found = await _search(client, function.path, fields, asked)
    results = decode_fields({"results": found[: int(limit)]}, fields, _NAMES)
    return {**arguments, **results, "id": arguments.get("accountId") or "all"}


async def _object(
    client: "Client", function: Function, fields: dict[str, Property], arguments: Json
) -> Json:
    if arguments.get(function.key):
        answer = await client.result(Request("GET", call(f"GET {function.path}").url(arguments)))
    else:
        answer = await _only(client, function, fields, arguments)
    found = decode_fields(answer, fields, _NAMES)
    identity = str(answer.get("id") or answer.get("uuid"))
    return {**arguments, **found, function.key: identity, "id": identity}


async def _text(client: "Client", function: Function, arguments: Json) -> Json:
    answer = await client.result(Request("GET", call(f"GET {function.path}").url(arguments)))
    return {**arguments, function.text: answer, "id": str(arguments[function.key])}


async def _only(
    client: "Client", function: Function, fields: dict[str, Property], arguments: Json
) -> Json:
    wanted = arguments.get("filter")
    if not isinstance(wanted, dict) or not wanted:
        raise PluginError(f"{function.name} needs {function.key} or a filter")
    of = fields["filter"].type
    inner = of.fields if isinstance(of, ObjectOf) else {}
    place = {name: value for name, value in arguments.items() if name != "filter"}
    found = await _search(client, function.filter_on, inner, {**place, **wanted})
    if len(found) != 1:
        raise PluginError(f"{function.name} found {len(found)} for {wanted}; it needs exactly one")
    return dict(found[0])


async def _search(
    client: "Client", path: str, fields: dict[str, Property], asked: Json
) -> list[Any]:
    query = encode_fields(asked, fields, _NAMES)
    query.pop("account_id", None)
    plain = {name: str(value) for name, value in query.items() if not isinstance(value, dict)}
    return await client.pages(Request("GET", call(f"GET {path}").url(asked), query=plain))
