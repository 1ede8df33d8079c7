"""One block of a configuration, from loose values to a checked model."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from common.field_docstrings import field_docstrings
from config.reading.problems import NOT_SHOWN, Problem, join_path, set_command, show, unknown
from config.reading.source import Source
from config.reading.strict_yaml import DEEPEST

Model = TypeVar("Model", bound=BaseModel)

NO_SETTINGS = {
    "memory_mb": "Workers have a fixed 128 MB; remove it",
    "usage_model": "Workers have one usage model; remove it",
    "max_concurrent_requests": "Cloudflare has no such setting; shard by key and remove it",
    "auto_scaling": "Workers scale by themselves; remove it",
}
"""Settings of other clouds that are asked for again and again, and why they are not here."""

FREE = "variables"
"""What is below has names that nobody declared: a value there may be anything."""

_KINDS = {
    "bool": "true or false",
    "int": "a whole number",
    "decimal": "a number",
    "string": "text, in quotes if it looks like a number or a date",
    "tuple": "a list",
    "dict": "keys with values",
    "model": "keys with values",
    "datetime": "a time with time zone (2026-11-21T10:00:00Z)",
    "timezone": "a time with time zone (2026-11-21T10:00:00Z)",
}
_LIMITS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "too_short": "at least {min_length} entries",
    "string_too_short": "text of {min_length} or more characters",
    "string_too_long": "text of {max_length} or fewer characters",
    "string_pattern_mismatch": "text of the form {pattern}",
}


def decode(value: Any) -> Any:
    """Read an object that the engine handed over as JSON; leave everything else as it is."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            made = json.loads(value, object_pairs_hook=_once)
        except (ValueError, RecursionError):
            return value
        return value if _is_deeper(made, DEEPEST) else made
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(item, levels - 1) for item in inner)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object whose keys are there once; with one twice, the text is no object."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice")
    return made


def name_stack(value: Any, stack: str) -> Any:
    """Put the name of the stack where a text says `{stack}`, as SQL names tables for `{stack_}`."""
    if isinstance(value, str):
        return value.replace("{stack}", stack).replace("{stack_}", stack.replace("-", "_"))
    if isinstance(value, list):
        return [name_stack(item, stack) for item in value]
    if isinstance(value, dict):
        return {key: name_stack(item, stack) for key, item in value.items()}
    return value


class Reader:
    """Reads the blocks of one stack and remembers every problem."""

    def __init__(self, stack: str, source: Source) -> None:
        self.stack = stack
        self.source = source
        self.problems: list[Problem] = []

    def say(self, path: str, text: str) -> None:
        """Remember a problem at *path*."""
        self.problems.append(Problem(self.source.file, path, text))

    def block(self, namespace: str) -> dict[str, Any]:
        """Give the values of *namespace*, objects decoded, and the name of the stack put in."""
        prefix = f"{namespace}:"
        return {
            key.removeprefix(prefix): name_stack(decode(value), self.stack)
            for key, value in self.source.values.items()
            if key.startswith(prefix)
        }

    def model(self, namespace: str, kind: type[Model], values: Mapping[str, Any]) -> Model | None:
        """Check *values* as a *kind*; `None` where problems were found."""
        try:
            return kind.model_validate(values)
        except ValidationError as error:
            for detail in error.errors():
                self._explain(namespace, kind, detail)
            return None

    def _explain(self, namespace: str, kind: type[BaseModel], detail: ErrorDetails) -> None:
        location = _named(detail)
        path = join_path(namespace, location)
        if detail["type"] == "missing":
            paths = [join_path(namespace, leaf) for leaf in _values(kind, location)]
            command = set_command(paths, self.stack, self.source.file)
            self.say(path, f"must be set: {describe(kind, location)} {command}")
        else:
            hidden = f"{namespace}:{location[0]}" in self.source.secret_keys
            for line in _fault(kind, detail, hidden=hidden).splitlines():
                self.say(path, line)


def explain(kind: type[BaseModel], detail: ErrorDetails) -> tuple[str, str]:
    """Give path and fault of one entry in a list of *kind*."""
    location = _named(detail)
    path = join_path("", location).removeprefix(":") or "steps"
    if detail["type"] == "missing":
        return path, f"must be set: {describe(kind, location)}".rstrip("; ")
    return path, _fault(kind, detail, hidden=False)


def _named(detail: ErrorDetails) -> list[str | int]:
    return [part for part in detail["loc"] if part != "[key]"]


def _fault(kind: type[BaseModel], detail: ErrorDetails, *, hidden: bool) -> str:
    if detail["type"] == "extra_forbidden":
        return _not_known(kind, _named(detail))
    return _refused(detail, hidden=hidden)


def describe(kind: type[BaseModel], location: Sequence[str | int]) -> str:
    """Give the first sentence of what stands under the field at *location*."""
    parent = _model_at(kind, location[:-1])
    text = field_docstrings(parent).get(str(location[-1]), "") if parent else ""
    return " ".join(text.split()).partition(". ")[0].rstrip(".") + ";" if text else ""


def _values(kind: type[BaseModel], location: list[str | int]) -> list[list[str | int]]:
    """List the single values that have to be set for what is missing at *location*."""
    inner = _model_at(kind, location)
    parent = _model_at(kind, location[:-1]) or kind
    field = parent.model_fields.get(str(location[-1]))
    is_list = field is not None and get_origin(field.annotation) is tuple
    place = [*location, 0] if is_list else location
    if inner is None:
        return [place]
    needed = [name for name, field in inner.model_fields.items() if field.is_required()]
    return [leaf for name in needed for leaf in _values(kind, [*place, name])] or [place]


def _not_known(kind: type[BaseModel], location: Sequence[str | int]) -> str:
    name = str(location[-1])
    if name in NO_SETTINGS:
        return NO_SETTINGS[name]
    parent = _model_at(kind, location[:-1])
    return unknown(name, parent.model_fields if parent else ())


def _refused(detail: ErrorDetails, *, hidden: bool) -> str:
    value = NOT_SHOWN if FREE in detail["loc"] else show(detail["input"])
    value = "the value (a secret, not shown)" if hidden else value
    return f"{value} is refused: {_allowed(detail, hidden=hidden)}"


def _allowed(detail: ErrorDetails, *, hidden: bool) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind == "value_error":
        return "see what is allowed there" if hidden else str(context["error"])
    if kind in {"enum", "literal_error"}:
        return f"it is one of {context['expected']}"
    if kind in _LIMITS:
        return f"it is {_LIMITS[kind].format(**context)}"
    word = _KINDS.get(kind.partition("_")[0])
    return f"it is {word}" if word else detail["msg"].lower()


def _model_at(kind: type[BaseModel], location: Sequence[str | int]) -> type[BaseModel] | None:
    """Find the model that the field at *location* holds."""
    current: type[BaseModel] | None = kind
    for part in location:
        if isinstance(part, int):
            continue
        field = current.model_fields.get(part) if current else None
        current = _model_in(field.annotation) if field else None
    return current


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((found for found in inner if found), None)
