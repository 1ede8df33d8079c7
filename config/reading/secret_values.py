"""From what a configuration says about a secret to its checked value."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from config.reading.blocks import Reader, describe
from config.reading.lenient import field_adapter
from config.reading.problems import set_secret_command
from config.reading.references import check_reference, is_reference
from config.secret_fields import SEALED
from planning.refusals import RefusedError

Secrets = TypeVar("Secrets", bound=BaseModel)

Resolve = Callable[[str], str]
"""Reads the secret that an `op://` reference names."""


def read_secrets(
    reader: Reader, namespace: str, kind: type[Secrets], given: Iterable[str], resolve: Resolve
) -> Secrets | None:
    """Check the *given* secrets of *namespace* as a *kind*; `None` where there are problems.

    References are resolved only when nothing else is wrong, for that may ask for a finger.
    """
    before = len(reader.problems)
    values: dict[str, str] = {}
    for name in given:
        value = _value(reader, f"{namespace}:{name}", resolve)
        if value is not None:
            values[name] = value
    skip = set(given) - set(values)
    secrets = _check(reader, namespace, kind, values, skip)
    return secrets if len(reader.problems) == before else None


def check_secret(kind: type[BaseModel], name: str, value: str) -> str:
    """Return *value* as a stack keeps it for the secret *name* of *kind*.

    Raises `RefusedError`, which does not hold the value, for what the configuration would refuse.
    """
    if is_reference(value):
        return check_reference(value)
    try:
        checked = field_adapter(kind, name).validate_python(value)
    except ValidationError as error:
        message = error.errors(include_input=False)[0]["msg"]
        raise RefusedError(f"{_said(message)} (value not shown)") from None
    return str(checked.get_secret_value())


def _value(reader: Reader, path: str, resolve: Resolve) -> str | None:
    raw = reader.source.values[path]
    if is_reference(raw):
        return _resolve(reader, path, raw, resolve)
    if path in reader.source.secret_keys and isinstance(raw, str):
        return raw
    reader.say(
        path,
        "stands in clear (value not shown); it is a stack secret or op://vault/item/field; "
        f"remove it there, then: {set_secret_command(path, reader.stack)}",
    )
    return None


def _resolve(reader: Reader, path: str, reference: str, resolve: Resolve) -> str | None:
    if reader.problems or reader.source.sealed:
        return None
    try:
        return resolve(reference)
    except RefusedError as error:
        reader.say(path, str(error))
        return None


def _check(
    reader: Reader, namespace: str, kind: type[Secrets], values: dict[str, str], skip: set[str]
) -> Secrets | None:
    context = SEALED if reader.source.sealed else None
    try:
        return kind.model_validate(values, context=context)
    except ValidationError as error:
        for detail in error.errors(include_input=False):
            name = str(detail["loc"][0])
            if name not in skip:
                _explain(reader, f"{namespace}:{name}", kind, detail["msg"], detail["type"])
        return None


def _explain(reader: Reader, path: str, kind: type[BaseModel], message: str, fault: str) -> None:
    command = set_secret_command(path, reader.stack)
    if fault == "missing":
        what = describe(kind, [path.partition(":")[2]])
        reader.say(path, f"must be set: {what} {command}")
    else:
        reader.say(path, f"{_said(message)} (value not shown); {command}")


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")
