"""The Cloudflare SDK, paid for by what is used of it (ADR "Import only what is used").

`import pulumi_cloudflare` runs all of its 780 modules and takes two seconds. Its modules do not
need each other, so this one imports the package without running its `__init__` and loads a module
when a name of it is first asked for; of `_inputs` and `outputs` a class (`sdk_classes`). A name
that cannot be placed runs the `__init__` after all: whatever works with the plain import works
here. Nothing of the SDK is changed.

    from components.sdk import cloudflare
"""

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from common.quick_imports import no_collection
from components.sdk_classes import Classes, place

if TYPE_CHECKING:
    import pulumi_cloudflare as cloudflare

__all__ = ["cloudflare"]

_PACKAGE = "pulumi_cloudflare"
_KEPT_APART = {"config", "outputs"}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def lazy_package(name: str) -> ModuleType:
    """Import the package *name* without running it; its names load their modules one by one.

    A package that was imported before is given as it is.
    """
    if name in sys.modules:
        return sys.modules[name]
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"{name} is not installed; run make setup", name=name)
    package = module_from_spec(spec)
    sys.modules[name] = package
    package.__dict__["__getattr__"] = lambda wanted: _load(package, spec, wanted)
    if name == _PACKAGE:
        with no_collection():
            _classes.update(place(package))
    return package


def _load(package: ModuleType, spec: ModuleSpec, name: str) -> Any:
    missing = AttributeError(f"module {spec.name!r} has no attribute {name!r}", name=name)
    if name.startswith("__"):
        raise missing
    with no_collection():
        for home in _homes(name):
            if home in _classes and package.__name__ == _PACKAGE:
                _take_one(package, home, name)
            elif find_spec(f"{spec.name}.{home}"):
                _take_over(package, home)
            found = vars(package).get(name) or sys.modules.get(f"{spec.name}.{name}")
            if found is not None:
                return found
        if name.startswith("_"):
            raise missing
        _run(package, spec)
    return getattr(package, name)


def _homes(name: str) -> Iterator[str]:
    """Give the modules that may define *name*, by the way the SDK is generated."""
    snake = _HUMP.sub("_", name).lower()
    yield snake
    yield snake.removesuffix("_output")
    yield snake.removesuffix("_args").removesuffix("_init")
    if name.endswith(("Args", "ArgsDict")):
        yield "_inputs"


def _take_over(package: ModuleType, module: str) -> None:
    """Do what `from .module import *` in the `__init__` does."""
    with _no_more_than_named(f"{package.__name__}.{module}"):
        loaded = importlib.import_module(f"{package.__name__}.{module}")
    if module not in _KEPT_APART:
        public = getattr(loaded, "__all__", ())
        vars(package).update({name: getattr(loaded, name) for name in public})


def _take_one(package: ModuleType, module: str, name: str) -> None:
    """Take one class of a module that makes them one by one, where it has it."""
    found = getattr(sys.modules[f"{package.__name__}.{module}"], name, None)
    if found is not None and module not in _KEPT_APART:
        vars(package)[name] = found


@contextmanager
def _no_more_than_named(module: str) -> Iterator[None]:
    """Let *module* import of the classes what its code names."""
    spec = find_spec(module) if module not in sys.modules else None
    loader: Any = spec.loader if spec else None
    code = loader.get_code(module) if _classes and hasattr(loader, "get_code") else None
    with ExitStack() as narrowed:
        if code is not None:
            for classes in _classes.values():
                narrowed.enter_context(classes.all_for(code))
        yield


_classes: dict[str, Classes] = {}
"""Modules of the SDK whose classes are made one by one."""


def _run(package: ModuleType, spec: ModuleSpec) -> None:
    if vars(package).pop("__getattr__", None) and spec.loader is not None:
        spec.loader.exec_module(package)


if not TYPE_CHECKING:
    cloudflare = lazy_package(_PACKAGE)
