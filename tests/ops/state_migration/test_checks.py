"""What stops a move, or the deletion of an old state, with nothing touched (FW-4)."""

import json

import pytest

from ops.errors import OpsError
from ops.state_migration import checks, migration, source_deletion, state_comparison
from ops.state_store import layout, locks
from tests.ops.state_migration.stub import deploy, engine, move, places
from tests.ops.states import STACK

__all__ = ["engine", "move", "places"]


def test_a_copy_that_differs_is_said_by_its_resource_and_no_value(move):
    list(migration.move(move, "passphrase"))
    deploy(move.target, "of-the-state")

    with pytest.raises(OpsError, match="differs in 1 resources, of which the first is urn:") as f:
        state_comparison.compare(move.source, move.target)

    assert "of-the-state" not in str(f.value)


def test_what_stops_a_move_is_said_before_anything_is_touched(move, monkeypatch):
    state = move.source.store.read(layout.state(STACK))
    with pytest.raises(OpsError, match=r"is at file://.* already"):
        checks.check(move.source, move.source, begun=False)

    changed = pytest.raises(OpsError, match="staging is being changed by process")
    with locks.hold(move.source.store, STACK, "a test"), changed:
        checks.check(move.source, move.target, begun=False)

    other = json.loads(state)
    (resource,) = other["checkpoint"]["latest"]["resources"]
    pending = [{"resource": {**resource, "custom": False}, "type": "creating"}]
    other["checkpoint"]["latest"]["pending_operations"] = pending
    move.source.store.write(layout.state(STACK), json.dumps(other).encode())
    with pytest.raises(OpsError, match=r"killed half-way.*python -m ops up staging"):
        checks.check(move.source, move.target, begun=False)

    move.source.store.write(layout.state(STACK), state)
    move.target.store.write(layout.state(STACK), state)
    with pytest.raises(OpsError, match="has a stack staging already, and nothing is overwritten"):
        checks.check(move.source, move.target, begun=False)

    for name in checks.SOURCES:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(OpsError, match=r"none is set; export PULUMI_CONFIG_PASSPHRASE"):
        checks.provider_of(move.file.read_text(), move.target, None)
    with pytest.raises(OpsError, match="was not moved away, so it is kept"):
        source_deletion.check(move.source, move.target)
    assert move.target.store.read(layout.state(STACK)) == state
