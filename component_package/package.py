"""The package as the engine calls it: its schema, and components made on request.

The engine shows the value at the path of a mistake, so a path never leads to what may be secret.
"""

import json
from collections.abc import Iterator
from typing import Any

import pulumi
from pulumi import InputPropertiesError, InputPropertyError
from pulumi.output import Unknown
from pulumi.provider import ConstructResult, Provider
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from component_package.kinds import FIELDS, KINDS, Kind
from component_package.schema import VERSION, in_snake_case, model_schema, package_schema, token
from components.args import Args
from components.deletion import check_options
from planning.refusals import RefusedError

LIVE = frozenset({"accountId", "bindings"})


class Package(Provider):
    """Makes the components of this project for a program in any language."""

    def __init__(self) -> None:
        super().__init__(VERSION, json.dumps(package_schema()))
        self._kinds = {token(name): kind for name, kind in KINDS.items()}

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Make one component. Raises `InputPropertiesError` with the path of each mistake."""
        kind = self._kinds.get(resource_type)
        if kind is None:
            raise RefusedError(f"the package has no {resource_type}; it has {', '.join(KINDS)}")
        options = options or pulumi.ResourceOptions()
        check_options(name, options)
        live = {key: value for key, value in inputs.items() if key in LIVE}
        _check_live(kind, live)
        args = _args(kind, {key: value for key, value in inputs.items() if key not in LIVE})
        try:
            made = kind.make(name, args, live, options)
        except RefusedError as error:
            raise InputPropertyError(kind.refusals, str(error)) from None
        return ConstructResult(
            made.urn, {to_camel(output): getattr(made, output) for output in kind.outputs}
        )


def _args(kind: Kind, given: dict[str, Any]) -> Args:
    """Return the arguments of a component, of values that are known before the program runs."""
    late = [path for key, value in given.items() for path in _late(key, value)]
    if late:
        raise InputPropertiesError(
            "",
            [
                {"property_path": path, "reason": "has to be known before the program runs"}
                for path in late
            ],
        )
    model = model_schema(kind)
    named = in_snake_case(given, model, model.get("$defs", {}))
    for name in sorted(kind.left_out & named.keys()):
        raise InputPropertyError(to_camel(name), "can be given by a program in Python only")
    try:
        return kind.args(**named)
    except ValidationError as error:
        raise InputPropertiesError("", list(_mistakes(error))) from None


def _late(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, pulumi.Output | Unknown):
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _late(f"{path}.{key}", item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _late(f"{path}[{number}]", item)


def _mistakes(error: ValidationError) -> Iterator[Any]:
    """Return each place and what is wrong there, never the value."""
    for each in error.errors(include_input=False, include_url=False):
        path = ".".join(to_camel(str(part)) for part in each["loc"])
        yield {"property_path": path, "reason": each["msg"]}


def _check_live(kind: Kind, live: dict[str, Any]) -> None:
    if "accountId" not in live:
        raise InputPropertyError("accountId", "is required")
    bindings = live.get("bindings") or {}
    if bindings and not kind.bound:
        raise InputPropertyError("bindings", "is not an input of this component")
    if not isinstance(bindings, dict):
        raise InputPropertyError("bindings", "give a map; only a value in it may come later")
    for name, given in bindings.items():
        kind_of_it = given.get("type") if isinstance(given, dict) else None
        if kind_of_it not in FIELDS or given.keys() != {"type", "value"}:
            known = ", ".join(sorted(FIELDS))
            raise InputPropertyError(
                f"bindings.{name}.type", f"a binding has a value, and as its type one of {known}"
            )
