"""Modules of the Cloudflare SDK that are nothing but classes, made as they are asked for.

`_inputs` and `outputs` have 6,300 of them, which take a second to make; a program needs some sixty.
Their code is what Python has compiled of the SDK, and each class is made of it as running the
module would make it. A module that is not built as expected is run as a whole.
"""

import builtins
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypedDict

import pulumi

Make = Callable[[CodeType, dict[str, Any]], type]

_LISTED = "\n__all__ = ["
"""Begins the list of names; what comes before it is what the classes need."""

_lock = threading.RLock()


def _input(body: FunctionType, name: str) -> Any:
    if name.endswith("Dict"):
        return _build(body, name, TypedDict)
    return pulumi.input_type(_build(body, name))


def _output(body: FunctionType, name: str) -> Any:
    return pulumi.output_type(_build(body, name, dict))


KINDS = {"_inputs": _input, "outputs": _output}
"""How a class is made, by the module that has it."""


class Classes:
    """A module whose classes are made when they are asked for, and with each what it names."""

    def __init__(self, module: ModuleType, codes: dict[str, CodeType]) -> None:
        self._module = module
        self._codes = codes
        self._make = KINDS[module.__name__.rpartition(".")[2]]

    def find(self, name: str) -> Any:
        """Return the class *name*; raises `AttributeError` where there is none."""
        made = vars(self._module)
        with _lock:
            if name not in self._codes:
                raise AttributeError(f"module {self._module.__name__!r} has no attribute {name!r}")
            if name not in made:
                body = FunctionType(self._codes[name], made, name)
                made[name] = self._make(body, name)
                for other in self.named_in(self._codes[name]):
                    self.find(other)
            return made[name]

    def named_in(self, code: CodeType) -> set[str]:
        """Return the classes that *code* names: annotations do so by texts."""
        return self._codes.keys() & set(_names(code))

    @contextmanager
    def all_for(self, code: CodeType) -> Iterator[None]:
        """Let `import *` give what *code* names, and not every class there is."""
        made = vars(self._module)
        with _lock:
            everything = made["__all__"]
            made["__all__"] = sorted(self.named_in(code))
            try:
                yield
            finally:
                made["__all__"] = everything


def place(package: ModuleType) -> dict[str, Classes]:
    """Put the modules of classes of *package* into place; return them by their names."""
    found = ((name, _placed(package, name)) for name in KINDS)
    return {name: classes for name, classes in found if classes}


def _placed(package: ModuleType, name: str) -> Classes | None:
    spec = find_spec(f"{package.__name__}.{name}")
    codes = _codes(spec) if spec else None
    if spec is None or codes is None or spec.name in sys.modules:
        return None
    module = module_from_spec(spec)
    classes = Classes(module, codes)
    sys.modules[spec.name] = module
    setattr(package, name, module)
    exec(_head(spec), vars(module))  # noqa: S102 - the imports of the SDK's own module
    vars(module).update(__all__=list(codes), __getattr__=classes.find)
    return classes


def _codes(spec: ModuleSpec) -> dict[str, CodeType] | None:
    """Return the body of each class of a module; `None` where it has more, or no source."""
    loader: Any = spec.loader
    code = loader.get_code(spec.name) if hasattr(loader, "get_code") else None
    if code is None or not spec.origin or _LISTED not in _beginning(spec):
        return None
    bodies = {each.co_name: each for each in code.co_consts if isinstance(each, CodeType)}
    listed = (each for each in code.co_consts if isinstance(each, tuple))
    return bodies if any(set(each) == bodies.keys() for each in listed) else None


def _head(spec: ModuleSpec) -> CodeType:
    return compile(_beginning(spec).partition(_LISTED)[0], str(spec.origin), "exec")


def _beginning(spec: ModuleSpec) -> str:
    with Path(str(spec.origin)).open(encoding="utf-8") as file:
        return file.read(4096)


def _names(code: CodeType) -> Iterable[str]:
    """Give every text in *code* and what it looks up, in the functions within as well."""
    yield from code.co_names
    yield from _texts(code.co_consts)


def _texts(constants: Iterable[object]) -> Iterable[str]:
    for each in constants:
        if isinstance(each, CodeType):
            yield from _names(each)
        elif isinstance(each, tuple):  # the alternatives of a union
            yield from _texts(each)
        elif isinstance(each, str):
            yield each.removeprefix("outputs.")


def _build(body: FunctionType, name: str, *bases: Any) -> Any:
    return builtins.__build_class__(body, name, *bases)
