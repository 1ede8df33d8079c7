"""From what a program asks to what is sent and shown. Pure: no request is made here."""

import copy
from typing import Any

from common.json_types import Json
from provider.cloudflare.table import Resource
from provider.cloudflare.wire import decode_fields, encode_fields
from provider.values import UNKNOWN


def planned(resource: Resource, inputs: Json) -> Json:
    """Complete opened inputs with what the official plugin sends by default; nulls go."""
    given = {name: value for name, value in inputs.items() if value is not None}
    plan = {**copy.deepcopy(dict(resource.defaults)), **copy.deepcopy(given)}
    for path, default in resource.nested_defaults:
        _set_default(plan, path.split("."), default)
    return plan


def request_body(resource: Resource, plan: Json, before: Json | None = None) -> Any:
    """Return the JSON to send. What *before* had and *plan* has not is sent as `null`."""
    kept_back = resource.in_path | resource.unsent | set(resource.create.headers.values())
    sent = {name: value for name, value in plan.items() if name not in kept_back}
    if resource.body_is:
        return encode_fields(sent, resource.types.inputs, resource.request)[
            resource.request.of(resource.body_is)
        ]
    body = encode_fields(sent, resource.types.inputs, resource.request)
    gone = set(before or ()) - set(plan) - kept_back - resource.types.filled
    body |= {resource.request.of(name): None for name in gone if name in resource.types.inputs}
    return dict(sorted(body.items()))


def read_answer(resource: Resource, answer: Any) -> Json:
    """Return an answer as an object of fields, whatever form the API chose."""
    if isinstance(answer, dict):
        return answer
    if resource.body_is:
        return {resource.answer.of(resource.body_is): answer}
    return {}


def outputs(resource: Resource, raw: Json, answer: Json, before: Json | None = None) -> Json:
    """Return the state: inputs as they came, and what the API computed or filled in.

    What *answer* does not speak of is taken from *before*, the last state.
    """
    computed = _computed(resource)
    answered = decode_fields(answer, resource.types.outputs, resource.answer)
    known = {**(before or {}), **answered}
    shown = {name: value for name, value in known.items() if name in computed}
    return {**shown, **planned_raw(resource, raw)}


def preview_of_create(resource: Resource, raw: Json) -> Json:
    """Return the state a create would leave: what the API will say is unknown."""
    unknown = dict.fromkeys(sorted(_computed(resource)), UNKNOWN)
    return {**unknown, **planned_raw(resource, raw)}


def preview_of_update(resource: Resource, raw: Json, before: Json) -> Json:
    """Return the state an update would leave: what it can change is unknown."""
    stays = resource.fixed | resource.types.filled
    shown = {
        name: before.get(name, UNKNOWN) if name in stays else UNKNOWN
        for name in sorted(_computed(resource))
    }
    return {**shown, **planned_raw(resource, raw)}


def planned_raw(resource: Resource, raw: Json) -> Json:
    """Complete inputs with defaults and keep their marks."""
    given = {name: value for name, value in raw.items() if value is not None}
    return {**copy.deepcopy(dict(resource.defaults)), **given}


def _computed(resource: Resource) -> set[str]:
    return set(resource.types.outputs) - (set(resource.types.inputs) - resource.types.filled)


def _set_default(value: Any, path: list[str], default: Any) -> None:
    name, *rest = path
    for item in value if isinstance(value, list) else ():
        _set_default(item, path, default)
    if not isinstance(value, dict):
        return
    if rest:
        _set_default(value.get(name), rest, default)
    elif value.get(name) is None:
        value[name] = copy.copy(default)
