"""Every kind there is, found by its folder: a new kind is one folder and no line elsewhere."""

from importlib import import_module
from pathlib import Path

from local.runtime.configuration.bindings import Form
from local.runtime.configuration.runtime_kind import RuntimeKind

RUNTIME = Path(__file__).parents[1]
PACKAGE = "local.runtime"


def kinds_in(folder: Path, package: str) -> dict[str, RuntimeKind]:
    """Import the kinds below *folder*, which is *package*; return them by the name of theirs."""
    names = sorted(path.parent.name for path in folder.glob("*/kind.py"))
    return {name: import_module(f"{package}.{name}.kind").KIND for name in names}


KINDS = kinds_in(RUNTIME, PACKAGE)
DISKS = tuple(disk for kind in KINDS.values() for disk in kind.disks)
DATA = tuple(d for kind in KINDS.values() if not kind.is_disposable for d in kind.disks)
"""Disks whose loss somebody has to be told of."""

BINDINGS: dict[str, Form] = {
    name: form for kind in KINDS.values() for name, form in kind.bindings.items()
}
"""Every binding type that is emulated, by its name in the API."""
