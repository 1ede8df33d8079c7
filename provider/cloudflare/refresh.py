"""What the account really has, held against what the program asked for.

An answer of the API always says more than was asked, and in its own words. Only a difference in
what was asked is drift: then the input takes the value of the account, so that the next preview
shows the change back. All else keeps the form the program gave it, marks of secrets included.
"""

import json
from typing import Any

from common.json_types import Json
from provider.changes import unordered
from provider.cloudflare.table import Resource
from provider.cloudflare.wire import Names, decode_fields
from provider.property_types import ListOf, MapOf, ObjectOf, Property, Type
from provider.values import is_secret, opened, sealed


def refreshed_inputs(resource: Resource, raw: Json, answer: Json) -> Json:
    """Return *raw* as the account has it; a default shows only where it is not kept."""
    inputs = {}
    for name, value in {**resource.defaults, **raw}.items():
        found = _found(resource, name, value, answer)
        if found is not None and (name in raw or found != value):
            inputs[name] = found
    return inputs


def imported_inputs(resource: Resource, place: Json, answer: Json) -> Json:
    """Return the inputs of a resource no program knows yet. *place* is its import id, read."""
    decoded = decode_fields(answer, resource.types.inputs, resource.answer)
    shown = {name: value for name, value in decoded.items() if name not in resource.unread}
    asked = {name: value for name, value in place.items() if name in resource.types.inputs}
    return resource.secret({**shown, **asked})


def reconcile(want: Any, have: Any, of: Type, names: Names) -> Any:
    """Return *want* where *have* says the same, *have* where it does not."""
    if is_secret(want):
        plain = opened(want)
        found = reconcile(plain, have, of, names)
        return want if found == plain else sealed(found)
    if isinstance(of, ObjectOf) and isinstance(want, dict) and isinstance(have, dict):
        return _reconcile_fields(want, have, of, names)
    if isinstance(of, MapOf) and isinstance(want, dict) and isinstance(have, dict):
        return {
            key: reconcile(want[key], item, of.item, names) if key in want else item
            for key, item in have.items()
        }
    if isinstance(of, ListOf) and isinstance(want, list) and isinstance(have, list):
        if len(want) == len(have):
            pairs = zip(want, have, strict=True)
            return [reconcile(one, other, of.item, names) for one, other in pairs]
        return have
    return want if want == have or (_empty(want) and _empty(have)) else have


def _found(resource: Resource, name: str, value: Any, answer: Json) -> Any:
    field = resource.answer.of(name)
    known = resource.types.inputs.get(name)
    is_shown = field in answer or name in resource.absent_is_none
    if known is None or not is_shown or name in resource.unread | resource.in_path:
        return value
    have = decode_fields(answer, {name: known}, resource.answer).get(name)
    if name in resource.reconcile:
        return resource.reconcile[name](value, have)
    if name in resource.sets and _same_set(value, have):
        return value
    return _reconcile_property(name, value, have, known, resource.answer)


def _reconcile_fields(want: Json, have: Json, of: ObjectOf, names: Names) -> Json:
    found = {
        name: _reconcile_property(name, value, have.get(name), of.fields.get(name), names)
        for name, value in want.items()
    }
    return {name: value for name, value in found.items() if value is not None}


def _reconcile_property(
    name: str, want: Any, have: Any, known: Property | None, names: Names
) -> Any:
    if known is None or (name in names.json_text and _same_json(opened(want), have)):
        return want
    return reconcile(want, have, known.type, names)


def _empty(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_empty(item) for item in value.values())
    return not value


def _same_set(want: Any, have: Any) -> bool:
    plain = opened(want)
    both_lists = isinstance(plain, list) and isinstance(have, list)
    return both_lists and unordered(plain) == unordered(have)


def _same_json(want: Any, have: Any) -> bool:
    try:
        return bool(json.loads(want) == json.loads(have))
    except (TypeError, ValueError):
        return False
