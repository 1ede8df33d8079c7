"""The secrets that a stack lacks, one after another: typed in, made here, or named where they are.

Each is checked and stored before the next is asked for, so that nothing typed in is lost.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from config.reading import references
from config.reading.secret_values import check_secret
from ops.errors import OpsError
from ops.preflight.missing_secrets import Missing
from ops.stack import api_tokens
from ops.stack.systems import secrets_of, systems_of
from ops.stack.target import Target
from planning.refusals import RefusedError
from systems.system import AnySystem, Generated

FIRST = "first"
"""Id of the API token that a system begins with."""

SKIPPED = "left out"


@dataclass(frozen=True)
class Ways:
    """How values are come by."""

    ask: Callable[[str], str] | None
    """Asks for a value without showing it; "" where Enter was pressed. `None`: nobody is there."""

    store: Callable[[str, str], None]
    """Encrypts a value as a key of the configuration."""

    show: Callable[[str], None]
    """Shows a token that was made, this once."""

    generate: bool = False
    """Whether what nobody else issues is made without a question."""

    reference: str = ""
    """`op://vault/{stack}/{system}-{name}` for all that is not made. Default: values are asked."""


def fill(target: Target, lacking: Sequence[Missing], ways: Ways) -> Iterator[str]:
    """Set each of *lacking*; yield a sentence for each, also for one that is left out.

    Raises `OpsError` where a value is asked for and nobody is there, and before the first is stored
    where the pattern of references makes none.
    """
    if ways.reference:
        _check_pattern(target, lacking, ways.reference)
    models, systems = secrets_of(target), {each.name: each for each in systems_of(target)}
    for missing in lacking:
        system = systems.get(missing.namespace)
        yield f"{missing}: {_fill(target, missing, models[missing.namespace], system, ways)}"


def _fill(
    target: Target, missing: Missing, model: type[BaseModel], system: AnySystem | None, ways: Ways
) -> str:
    kind = system.generated.get(missing.name) if system else None
    can_make = kind in {Generated.OWN, Generated.API_TOKENS}
    if ways.generate and can_make:
        return _make(missing, system, kind, ways)
    if ways.reference:
        return _store(missing, model, _filled(target, missing, ways.reference), ways)
    if ways.ask is None:
        raise OpsError(_nobody(target, missing))
    given = ways.ask(_question(missing, can_make=can_make))
    if given:
        return _store(missing, model, given, ways)
    return _make(missing, system, kind, ways) if can_make else SKIPPED


def _make(missing: Missing, system: AnySystem | None, kind: Generated | None, ways: Ways) -> str:
    """Make a value that nobody else issues: a random one, or the first API token of *system*."""
    if kind is not Generated.API_TOKENS or system is None:
        ways.store(missing.key, secrets.token_urlsafe(32))
        return "made; to read it: pulumi config get"
    value = api_tokens.new_value()
    entry = api_tokens.entry_of(value, FIRST, system.scopes, system.scopes)
    ways.store(missing.key, api_tokens.written([entry], missing.key, system.scopes))
    ways.show(f"{missing}, token {FIRST!r}, shown this once: {value}")
    return f"a list with the token {FIRST!r}, which may do everything"


def _store(missing: Missing, model: type[BaseModel], value: str, ways: Ways) -> str:
    try:
        ways.store(missing.key, check_secret(model, missing.name, value))
    except RefusedError as error:
        raise OpsError(f"{missing}: {error}; it was not written, those before it were") from None
    return f"set to {value}" if value.startswith("op://") else "set"


def _check_pattern(target: Target, lacking: Sequence[Missing], template: str) -> None:
    """Refuse what makes no reference: what is stored would be taken for the secret itself."""
    if not references.is_reference(template):
        raise OpsError(
            "--reference: does not begin with op://, so it names no secret; it is a pattern as "
            "op://VAULT/{system}-{stack}/{name}; nothing was written"
        )
    for missing in lacking:
        filled = _filled(target, missing, template)
        try:
            references.check_reference(filled)
        except RefusedError as error:
            raise OpsError(f"--reference: {missing}: {error}; nothing was written") from None


def _filled(target: Target, missing: Missing, template: str) -> str:
    names = {"stack": target.name, "system": missing.namespace, "name": missing.name}
    try:
        return template.format(**names)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise OpsError(
            f"--reference: {template!r} cannot be filled in; it takes "
            f"{', '.join(f'{{{name}}}' for name in names)}"
        ) from None


def _question(missing: Missing, *, can_make: bool) -> str:
    otherwise = "Enter: one is made" if can_make else "Enter: leave it out"
    return f"{missing}: {missing.what.rstrip(';')} (hidden, or op://…; {otherwise}): "


def _nobody(target: Target, missing: Missing) -> str:
    return (
        f"there is no terminal to ask for {missing}; give --reference, or for each: "
        f"python -m ops secret set {target.name} {missing} < FILE"
    )
