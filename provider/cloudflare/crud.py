"""Create, read, update, delete: the table applied to API v4."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.json_types import Json
from provider.cloudflare import planning, refresh
from provider.cloudflare.errors import NOT_FOUND, ApiError, NotGoneError
from provider.cloudflare.table import Call, Request, Resource
from provider.errors import PluginError
from provider.values import opened

if TYPE_CHECKING:
    from provider.cloudflare.client import Client


@dataclass(frozen=True)
class State:
    """A resource as it stands: Pulumi's id, the inputs and all properties, marks kept."""

    id: str
    inputs: Json
    properties: Json


async def create(client: "Client", resource: Resource, raw: Json) -> State:
    """Make the resource; an error means that nothing was made."""
    plan = planning.planned(resource, opened(raw))
    body = planning.request_body(resource, plan)
    answer = await _send(client, resource, resource.create, plan, body)
    properties = planning.outputs(resource, raw, answer)
    named = {"id": answer.get("id"), **opened(properties)}
    return State(resource.make_id(named), raw, properties)


async def update(
    client: "Client", resource: Resource, known: State, raw: Json, change: Call
) -> State:
    """Change the resource *known* to the inputs *raw*."""
    plan = planning.planned(resource, opened(raw))
    before = planning.planned(resource, opened(known.inputs))
    values = {**opened(known.properties), "id": known.id, **plan}
    body = planning.request_body(resource, plan, before)
    answer = await _send(client, resource, change, values, body)
    properties = planning.outputs(resource, raw, answer, known.properties)
    return State(known.id, raw, properties)


async def read(client: "Client", resource: Resource, known: State) -> State | None:
    """Return what the account has of *known*; `None` when the API says that there is none.

    With no properties the id is one of an import.
    """
    imported = {} if known.properties else resource.parse_import(known.id)
    place = {"id": known.id, **imported, **opened(known.properties)}
    answer = await _fetch(client, resource, place)
    if answer is None:
        return None
    if known.properties:
        _check_identity(client, resource, place, answer)
        inputs = refresh.refreshed_inputs(resource, known.inputs, answer)
    else:
        inputs = refresh.imported_inputs(resource, place, answer)
    properties = planning.outputs(resource, inputs, answer, known.properties)
    kept = resource.passing & known.properties.keys()
    properties |= {name: known.properties[name] for name in kept}
    named = {**place, **({"id": answer["id"]} if "id" in answer else {}), **opened(properties)}
    return State(resource.make_id(named), inputs, properties)


async def delete(client: "Client", resource: Resource, known: State, remove: Call) -> None:
    """Take the resource away; that it is gone already is as good."""
    place = {**opened(known.properties), "id": known.id}
    if resource.before_delete and resource.update:
        first = resource.update
        body = dict(resource.before_delete)
        await client.result(Request(first.method, first.url(place), body=body))
    query = {name: "true" for name in resource.delete_flags if place.get(name)}
    headers = _headers(remove, place)
    request = Request(remove.method, remove.url(place), headers=headers, query=query)
    try:
        response = await client.response(request)
        if response.content or not resource.deletes_without_answer:
            client.result_of(request, response)
        elif await _fetch(client, resource, place) is not None:
            raise client.strange(f"{request} answered {response.status_code}, and it is there")
    except ApiError as error:
        if error.status != NOT_FOUND:
            raise
        await _confirm_gone(client, resource, place, error)


async def _send(client: "Client", resource: Resource, call: Call, values: Json, body: Json) -> Json:
    send = resource.send or _send_json
    return planning.read_answer(resource, await send(client, resource, call, values, body))


async def _send_json(
    client: "Client", _resource: Resource, call: Call, values: Json, body: Json
) -> Any:
    sent = body if call.body else None
    request = Request(call.method, call.url(values), body=sent, headers=_headers(call, values))
    return await client.result(request)


async def _fetch(client: "Client", resource: Resource, place: Json) -> Json | None:
    try:
        if resource.fetch:
            return await resource.fetch(client, resource, place)
        call = resource.read
        request = Request(call.method, call.url(place), headers=_headers(call, place))
        return planning.read_answer(resource, await client.object(request))
    except ApiError as error:
        await _confirm_gone(client, resource, place, error)
        return None


async def _confirm_gone(client: "Client", resource: Resource, place: Json, error: ApiError) -> None:
    """Return when *error* says for sure that there is none; else raise `NotGoneError`.

    It does by HTTP 404 with a code that means so for this type, from a server that has the account
    or zone of the resource: a wrong address, a proxy and another account answer 404 as well.
    """
    if not error.is_not_found(resource.gone):
        raise NotGoneError(resource.name, error, client.base_url) from error
    owner = Request("GET", resource.owner(place))
    try:
        found = await client.object(owner)
    except PluginError as doubt:
        but = f", but {owner} is refused there as well"
        raise NotGoneError(resource.name, error, client.base_url, but) from doubt
    if not isinstance(found, dict) or found.get("id") != owner.path.rpartition("/")[2]:
        but = f", but {owner} answered with another one"
        raise NotGoneError(resource.name, error, client.base_url, but) from error


def _check_identity(client: "Client", resource: Resource, place: Json, answer: Json) -> None:
    """Refuse an *answer* about something else than was asked for."""
    for field, name in resource.identity.items():
        if answer.get(field) != place.get(name):
            raise client.strange(
                f"{resource.read.method} {resource.read.url(place)} answered with another "
                f"{resource.name}, whose {field} is {answer.get(field)!r}"
            )


def _headers(call: Call, values: Json) -> dict[str, str]:
    found = {header: values.get(name) for header, name in call.headers.items()}
    return {header: str(value) for header, value in found.items() if value}
