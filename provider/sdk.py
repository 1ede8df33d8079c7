"""What an installed SDK (`pulumi_cloudflare`, `pulumi_docker`) says of its own types.

It is read without importing it: that of Cloudflare has 300,000 lines and takes two seconds. The
generated files are regular, so the few classes asked for are cut out of the text and parsed, once:
nothing of the SDK runs.

- names and types: the getters of `<Class>Args`, of `<Class>` and of the nested classes
- required: the type of the getter is not `Optional`
- an input that the API fills in when it is left out: `Optional` as input, not as output
"""

import ast
import functools
import importlib.metadata
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

from provider.errors import PluginError
from provider.property_types import Description, ListOf, MapOf, ObjectOf, Property, Scalar, Type
from provider.type_record import described

INPUTS, OUTPUTS = "_inputs.py", "outputs.py"
CODE = Path(__file__).parent
RECORDS = CODE.parent / ".local" / "plugin" / "types"
"""Where what was read is kept, a folder a package, a file a type."""

_SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_TRANSPARENT = {"Input", "Output", "Optional", "Union", "Awaitable"}
_TOP_LEVEL = re.compile(r"^(?:class |def |if |else|@)", re.MULTILINE)


@functools.cache
def version(package: str) -> str:
    """Return the version of the installed SDK of *package* (`cloudflare`)."""
    return importlib.metadata.version(f"pulumi-{package}")


@functools.cache
def resource(token: str) -> Description:
    """Describe the resource type *token*; `PluginError` when the SDK has no such type."""
    path, name = _locate(token)
    shared = (path.with_name(file) for file in (INPUTS, OUTPUTS))
    sources = (
        path,
        *shared,
        *(CODE / file for file in ("sdk.py", "property_types.py", "type_record.py")),
    )
    record = RECORDS / _package(token) / f"{name}.json"
    return described(record, sources, lambda: _read(path, name))


def _read(path: Path, name: str) -> Description:
    module = _source(path)
    arguments = f"{name}InitArgs" if f"{name}InitArgs" in module.classes else f"{name}Args"
    return Description(inputs=_fields(module, arguments), outputs=_fields(module, name))


@functools.cache
def function(token: str) -> dict[str, Property]:
    """Describe the answer of the function *token* (`cloudflare:index/getZone:getZone`)."""
    path, name = _locate(token)
    return _fields(_source(path), f"{name[0].upper()}{name[1:]}Result")


class _Source:
    """One generated file, and where its classes begin."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._text = path.read_text(encoding="utf-8")
        found = re.finditer(r"^class (\w+)", self._text, re.MULTILINE)
        self.classes = {match[1]: match.start() for match in found}

    def node(self, name: str) -> ast.ClassDef:
        start = self.classes[name]
        after = _TOP_LEVEL.search(self._text, start + 1)
        node = ast.parse(self._text[start : after.start() if after else None]).body[0]
        if not isinstance(node, ast.ClassDef):
            raise TypeError(f"{name} is not a class")
        return node


def _package(token: str) -> str:
    return token.partition(":")[0]


def _locate(token: str) -> tuple[Path, str]:
    package, name = _package(token), token.rpartition(":")[2]
    path = _folder(package) / f"{_snake(name)}.py"
    if not path.is_file():
        raise PluginError(f"{token} is not in pulumi_{package} {version(package)}")
    return path, name


@functools.cache
def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(f"pulumi_{package}")
    if spec is None or not spec.submodule_search_locations:
        raise PluginError(f"pulumi_{package} is not installed next to the plugin; run make setup")
    return Path(spec.submodule_search_locations[0])


@functools.cache
def _source(path: Path) -> _Source:
    return _Source(path)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _fields(module: _Source, name: str) -> dict[str, Property]:
    return {
        wire: Property(type=_type(annotation, module.path), required=not _optional(annotation))
        for wire, annotation in _getters(module.node(name))
    }


@functools.cache
def _nested(path: Path, name: str) -> ObjectOf:
    return ObjectOf(_fields(_source(path), name))


def _getters(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for method in node.body:
        if not isinstance(method, ast.FunctionDef) or method.returns is None:
            continue
        for decorator in method.decorator_list:
            wire = _getter_name(decorator, method.name)
            if wire:
                yield wire, method.returns


def _getter_name(decorator: ast.expr, default: str) -> str | None:
    call = decorator if isinstance(decorator, ast.Call) else None
    function = call.func if call else decorator
    if not isinstance(function, ast.Attribute) or function.attr != "getter":
        return None
    for keyword in call.keywords if call else ():
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return default


def _optional(node: ast.expr) -> bool:
    name, inner = _generic(node)
    if name in {"Input", "Output"}:
        return _optional(inner[0])
    return name == "Optional"


def _type(node: ast.expr, path: Path) -> Type:
    """Return the type that an annotation of the file *path* means."""
    if isinstance(node, ast.Constant):
        return _class_type(str(node.value), path)
    name, inner = _generic(node)
    if name in _TRANSPARENT:
        return _type(inner[0], path)
    if name in {"Sequence", "List"}:
        return ListOf(_type(inner[0], path))
    if name == "Mapping":
        return MapOf(_type(inner[1], path))
    return Scalar(_SCALARS.get(name, "any"))


def _class_type(name: str, path: Path) -> Type:
    file, _, plain = name.rpartition(".")
    return _nested(path.with_name(OUTPUTS if file else INPUTS), plain)


def _generic(node: ast.expr) -> tuple[str, list[ast.expr]]:
    if isinstance(node, ast.Subscript):
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return _generic(node.value)[0], items
    if isinstance(node, ast.Attribute):
        return node.attr, []
    return (node.id, []) if isinstance(node, ast.Name) else ("", [])
