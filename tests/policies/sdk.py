"""The resource types and property paths that the installed SDKs know, read from their source.

Importing `pulumi_cloudflare` for it would take seconds and hundreds of megabytes.
"""

import importlib.util
import re
from functools import cache
from pathlib import Path

GETTER = re.compile(
    r'@pulumi\.getter(?:\(name="(?P<name>\w+)"\))?\s+'
    r"def (?P<python>\w+)\(self\) -> (?P<type>.+?):\n"
)
NESTED = re.compile(r"'(?:outputs\.)?(\w+)'")
RESOURCE = re.compile(r"""\.(?:Custom|Provider)Resource\):""")
FREE_FORM = "Any"
MAP = "map of "


@cache
def folder(package: str) -> Path:
    found = importlib.util.find_spec(f"pulumi_{package}")
    assert found, f"pulumi_{package} is not installed"
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0])


@cache
def source(path: Path) -> str:
    return path.read_text()


@cache
def resource_files(package: str) -> dict[str, Path]:
    """Token to the file of its class."""
    tokens = {}
    for path in folder(package).glob("*.py"):
        text = source(path)
        for token in re.findall(rf"'({package}:index/\w+:\w+)'", text):
            if RESOURCE.search(text):
                tokens[token] = path
    return tokens


def class_body(path: Path, name: str) -> str:
    text = source(path)
    start = re.search(rf"^class {name}[(:]", text, re.MULTILINE)
    assert start, f"{name} is not in {path.name}"
    end = text.find("\nclass ", start.end())
    return text[start.start() : end if end > 0 else len(text)]


@cache
def properties(package: str, file: str, name: str) -> dict[str, str]:
    """Map a property to its nested class, marked where it is a map of it; "Any"; "" if plain."""
    found = {}
    for getter in GETTER.finditer(class_body(folder(package) / file, name)):
        nested = NESTED.search(getter["type"])
        is_map = "Mapping" in getter["type"]
        free = FREE_FORM if is_map or "Any" in getter["type"] else ""
        known = (MAP if is_map else "") + nested[1] if nested else free
        found[getter["name"] or getter["python"]] = known
    return found


def knows(token: str, path: str) -> bool:
    """Whether *path* (`rules.allowed.origins`) is an input or an output of the type."""
    package, class_name = token.split(":", maxsplit=1)[0], token.rsplit(":", 1)[1]
    file = resource_files(package)[token].name
    inputs = (f"{class_name}Args", "_inputs.py")
    if f"class {class_name}InitArgs" in source(folder(package) / file):
        inputs = (f"{class_name}InitArgs", "_inputs.py")
    return any(
        _follows(package, file, name, nested_file, path.split("."))
        for name, nested_file in (inputs, (class_name, "outputs.py"))
    )


def _follows(package: str, file: str, name: str, nested_file: str, path: list[str]) -> bool:
    known = properties(package, file, name)
    head, *rest = path
    if head not in known:
        return False
    nested = known[head]
    if nested.startswith(MAP):
        nested, rest = nested.removeprefix(MAP), rest[1:]
    if not rest or nested == FREE_FORM:
        return True
    return bool(nested) and _follows(package, nested_file, nested, nested_file, rest)


def deprecated_twins(package: str) -> dict[str, str]:
    """Map a deprecated token to the token that replaced it, as the SDK itself says."""
    said = re.compile(r"(\w+)\.\w+/\w+\.(\w+) has been deprecated in favor of \w+\.\w+/\w+\.(\w+)")
    twins = {}
    for path in folder(package).glob("*.py"):
        for match in said.finditer(source(path)) if path.name[0] != "_" else ():
            twins[match[2]] = match[3]
    return twins
