"""`docs/configuration.md`, made from the models: see `docs.generate`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from common.field_docstrings import field_docstrings
from config.deployment import Deployment
from config.history import HistoryStep
from config.monitoring import PlatformSecrets
from config.secret_fields import ApiToken
from config.system_declaration import Declared

PATH = Path(__file__).resolve().parent.parent.parent / "docs" / "configuration.md"

HEAD = """\
<!-- Made by `make docs` from the models in `config/` and `systems/`; edit those. -->

# Configuration

A stack is what `Pulumi.<stack>.yaml` says. All of it is checked before a single resource is
registered, and every mistake is said at once: file, path, value (never a secret), what is allowed.
Editors complete the files by [their schema](stack.schema.json).

The name of a stack is not what it is for: `pr-7` may be a stack of environment `development`.
`{stack}` in any plain value stands for the name of the stack, so that stacks of one file have names
of their own; `{stack_}` is that name with `_` for `-`, for datasets, which SQL names. A key is set
in the file, or by the command that the message for a missing one says.

The files of the stacks lie side by side, and no stack takes what another has: names are those of
an account, hosts and routes those of a zone. Two stacks are told apart by the ids in both files,
and a development stack from all that are none; an id that is missing may be the same.

The file is plain YAML in UTF-8. Refused is what two readers could take differently: a key that
stands twice, a key that is no text, aliases, tags, and keys beside `config:` that are not Pulumi's.

| key | what it is |
|---|---|
| `cloudflare:baseUrl` | Address of the API, on loopback. Development only. |
"""

SECRETS = """\

## Secrets

A secret is a key beside the others. Its value is a stack secret
(`python -m ops secret set <stack> <system>.<NAME>`) or a reference that 1Password's `op` reads when
the stack is run (`op://vault/item/field`); in clear it is refused, and so is a placeholder. The
secrets of development are made by `make up` and stand in no tracked file.

| key | what it is |
|---|---|
"""

TOKENS = """
An entry of the secret `API_TOKENS` of a system; `python -m ops token` makes one:

| field | what it is |
|---|---|
"""

HISTORY = """
## Durable Object classes

`durable_objects.yaml` beside a worker (`systems/<system>/workers/<worker>/`) holds the history of
its classes, one for all stacks. A list of steps, oldest first, append-only: each is sealed by a
digest of itself and of all before it, so that an edited, reordered or dropped step is refused. How
far a stack has come, its account says; an upload carries what is pending.

| field | what it is |
|---|---|
"""


def render(systems: Sequence[Declared]) -> str:
    """Return the document as the tracked file has it."""
    parts = [HEAD, *_block("chittyos", Deployment)]
    for system in systems:
        parts += [f"\n## {system.title}\n\n| key | what it is |\n|---|---|\n"]
        parts += _block(system.name, system.settings)
    parts += [SECRETS, *_block("chittyos", PlatformSecrets)]
    for system in systems:
        parts += _block(system.name, system.secrets)
    parts += [TOKENS]
    parts += [_row(name, text) for name, _, text in _fields(ApiToken)]
    parts += [HISTORY]
    parts += [_row(name, text) for name, _, text in _fields(HistoryStep)]
    return "".join(parts)


def _block(namespace: str, model: type[BaseModel]) -> Iterator[str]:
    for name, annotation, text in _fields(model):
        yield from _rows(f"{namespace}:{name}", annotation, text)


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, Any, str]]:
    """Give each field's name, annotation and docstring."""
    texts = field_docstrings(model)
    for name, field in model.model_fields.items():
        yield name, field.annotation, texts.get(name, "")


def _rows(path: str, annotation: Any, text: str) -> Iterator[str]:
    model, many = _model_in(annotation)
    yield _row(path, text)
    if model is not None:
        for name, inner, said in _fields(model):
            yield from _rows(f"{path}{'[…]' if many else ''}.{name}", inner, said)


def _row(path: str, text: str) -> str:
    return f"| `{path}` | {' '.join(text.split())} |\n"


def _model_in(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """Find the model a field holds, and whether it holds many."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    many = getattr(annotation, "__origin__", None) is tuple
    for part in getattr(annotation, "__args__", ()):
        model, inner = _model_in(part)
        if model is not None:
            return model, many or inner
    return None, False
