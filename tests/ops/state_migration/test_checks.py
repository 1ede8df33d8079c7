"""What stops a move, or the deletion of an old state, with nothing touched (FW-4)."""

import json

import pytest

from ops.errors import OpsError
from ops.state_migration import (
    checks,
    migration,
    project_file,
    source_deletion,
    state_comparison,
)
from ops.state_migration.stack_location import Place
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


class Cloud:
    """Stands for Pulumi Cloud, which has no lock that keeps others out."""

    def __init__(self):
        self.newest, self.marked, self.others = 7, 0, ["production"]

    def version_to_move(self, _url):
        return self.newest

    def mark_moved(self, _url, number):
        self.marked = number

    def left(self):
        return self.others

    def went_on(self):
        return self.newest != self.marked


@pytest.fixture
def cloud(monkeypatch):
    """Have both places be of Pulumi Cloud as well."""
    made = Cloud()
    monkeypatch.setattr(Place, "cloud", property(lambda _: made))
    return made


def test_a_moved_state_is_marked_with_the_version_of_before_its_copy(move, cloud, monkeypatch):
    """What is deployed there meanwhile, where no lock keeps anybody out, is newer than the mark."""
    copy = Place.take_over

    def meanwhile(*given):
        copy(*given)
        cloud.newest += 1

    monkeypatch.setattr(Place, "take_over", meanwhile)

    list(migration.move(move, "passphrase"))

    assert cloud.marked == 7


def test_what_was_deployed_while_the_deletion_was_agreed_to_is_kept(move, cloud, monkeypatch):
    monkeypatch.setattr(Place, "store", None)
    cloud.marked = cloud.newest
    cloud.newest += 1

    with pytest.raises(OpsError, match=r"was deployed at file://.* it is kept"):
        source_deletion.forget(move.source)

    assert move.source.deployment()


def test_the_project_names_pulumi_cloud_until_no_stack_is_left_there(move, cloud):
    """The stacks that were there still would have been looked for where they are not."""
    project = (move.source.root / "Pulumi.yaml").read_text()

    *_, said = migration.move(move, "passphrase")

    assert f"still says {move.source.address.url}, where production is; move" in said
    assert (move.source.root / "Pulumi.yaml").read_text() == project
    assert cloud.marked


def test_where_no_mark_says_what_was_moved_every_other_stack_is_left(move, monkeypatch):
    listed = json.dumps([{"name": STACK}, {"name": "production"}])
    monkeypatch.setattr(Place, "store", None)
    monkeypatch.setattr(Place, "_run", lambda _, *asked: listed if asked[0] == "ls" else "")

    (said,) = project_file.update(move)

    assert "where production is; move that as well" in said
