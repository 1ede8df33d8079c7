"""Objects are copied before the databases that they hand data on to, and brought back after."""

from typing import Any, cast

from ops.backup import restoring
from ops.backup.folder import Copy, File, Manifest
from ops.backup.stores import Kind, Store
from ops.commands.backup import Copying

LEDGERS = Store("objects", "ledgers", "billing Ledger", "n")
DATABASE = {
    "urn": "urn:pulumi:s::p::cloudflare:index/d1Database:D1Database::db",
    "id": "1",
    "inputs": {"name": "db"},
}


def _copy(kind: Kind, name: str) -> Copy:
    return Copy(
        kind=kind,
        name=name,
        label=name,
        entries=0,
        bytes=0,
        file=File(path=name, bytes=0, sha256="0" * 64),
    )


def test_objects_are_copied_first_and_brought_back_last() -> None:
    """What is handed on between the two copies is in that of the database."""
    nothing = cast("Any", None)
    copying = Copying(nothing, (), {LEDGERS: nothing}, nothing, nothing)
    places = copying.stores([DATABASE])
    assert [each.kind for each in places] == ["objects", "d1"]

    copies = tuple(_copy(each.kind, each.name) for each in places)
    manifest = Manifest(stack="s", account="a", began="now", copies=copies)
    planned = restoring.steps(manifest, places, "s")
    assert [step.store.kind for step in planned] == ["d1", "objects"]
