"""What can be read of a block that is wrong or not complete, without a word about the rest."""

import functools
from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

Model = TypeVar("Model", bound=BaseModel)

_UNREADABLE = "\0unreadable"
"""Stands where something is missing or wrong; no name of a configuration holds a NUL."""


def read_leniently(kind: type[Model], values: object) -> Model:
    """Return a *kind* with what *values* say; the rest are defaults, or text that no name has.

    Nothing is checked but single values: the model may be one that a check of it would refuse.
    """
    given = values if isinstance(values, Mapping) else {}
    read = {name: _field(kind, name, given) for name in kind.model_fields}
    return kind.model_construct(**read)


def is_readable(text: object) -> bool:
    """Return whether *text*, or what a system made of it, was really written."""
    return isinstance(text, str) and _UNREADABLE not in text


def _field(kind: type[BaseModel], name: str, given: Mapping[Any, Any]) -> Any:
    field = kind.model_fields[name]
    if name not in given and not field.is_required():
        return field.get_default(call_default_factory=True, validated_data={})
    try:
        return field_adapter(kind, name).validate_python(given.get(name))
    except ValidationError:
        return _parts(field.annotation, given.get(name))


@functools.cache
def field_adapter(kind: type[BaseModel], name: str) -> TypeAdapter[Any]:
    """Return what checks the field *name* of *kind* alone."""
    field = kind.model_fields[name]
    checked: Any = field.annotation
    for each in field.metadata:
        checked = Annotated[checked, each]
    return TypeAdapter(checked)


def _entry(annotation: Any, value: object) -> Any:
    try:
        return TypeAdapter(annotation).validate_python(value)
    except ValidationError:
        return _parts(annotation, value)


def _parts(annotation: Any, value: object) -> Any:
    """Read what *value*, which is no *annotation* as a whole, holds in its parts."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _parts(arguments[0], value)
    if origin in {Union, UnionType}:
        return _parts(next(each for each in arguments if each is not type(None)), value)
    if origin in {tuple, list}:
        items = value if isinstance(value, list) else []
        return origin(_entry(arguments[0], item) for item in items)
    if origin is dict:
        pairs = value.items() if isinstance(value, Mapping) else ()
        return {key: _entry(arguments[1], item) for key, item in pairs}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return read_leniently(annotation, value)
    return _UNREADABLE
