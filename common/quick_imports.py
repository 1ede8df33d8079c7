"""Imports that a process of a second can afford."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

OBJECTS = 100_000
"""New objects before garbage is looked for: imports make that many, and none of them is garbage."""


def collect_less() -> None:
    """Look for garbage seldom in this process: it saves a tenth of what imports take."""
    gc.set_threshold(OBJECTS, 50, 100)


@contextmanager
def no_collection() -> Iterator[None]:
    """Look for no garbage meanwhile: of thousands of new classes not one is garbage."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def skip_command_line_of_httpx() -> None:
    """Let `httpx` go without the command that it brings, as it does where nobody can run it.

    The command imports two packages for colours and one for options: a third of a plugin's start.
    """
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]


def skip_init(*names: str) -> None:
    """Import the packages *names* without running them, parents first, unless they are there.

    Their modules are imported as ever. Whoever asks a package for anything else runs all of them
    after all, so that whatever works with the plain import works here.
    """
    for name in names:
        if name not in sys.modules:
            _place(name)


def _place(name: str) -> None:
    spec = find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"{name} is not installed; run make setup", name=name)
    package = _skipped[name] = sys.modules[name] = module_from_spec(spec)
    parent, _, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, package)
    package.__dict__["__getattr__"] = lambda wanted: _find(package, wanted)


def _find(package: ModuleType, wanted: str) -> Any:
    name = package.__name__
    if wanted.startswith("__"):
        raise AttributeError(f"module {name!r} has no attribute {wanted!r}", name=wanted)
    if find_spec(f"{name}.{wanted}"):
        return import_module(f"{name}.{wanted}")
    _run_all()
    return getattr(package, wanted)


def _run_all() -> None:
    """Import what was skipped in the order that the packages expect: the outermost first."""
    skipped = {name: each for name, each in _skipped.items() if sys.modules.get(name) is each}
    for name in skipped:
        del sys.modules[name]
    for name, package in skipped.items():
        found = import_module(name)
        vars(package).pop("__getattr__", None)
        vars(package).update(vars(found))


_skipped: dict[str, ModuleType] = {}
