"""A state moves from a folder to a bucket and back, by a real engine; nothing is lost (FW-4)."""

import json
from dataclasses import replace

import pytest
import yaml

from ops.commands import state_moves
from ops.errors import OpsError
from ops.paths import Paths
from ops.release.backend import Kept
from ops.release.record import Book, Release
from ops.state_migration import checks, comparing, forgetting, moving, project_file, resuming
from ops.state_migration.move import Move
from ops.state_migration.place import Place
from ops.state_store import layout, locks, versions
from tests.ops.states import SECRETS, STACK

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

PROVIDER = "passphrase"


def project(of):
    """Read what the project's file says of the backend."""
    return yaml.safe_load((of.source.root / "Pulumi.yaml").read_text())["backend"]["url"]


def back(of):
    """Return the move the other way."""
    return Move(of.target, of.source, of.file, of.noted)


def outputs(place):
    """Return the outputs of the stack as *place* has them, secrets in the clear."""
    (stack,) = place.deployment(readable=True)["resources"]
    return stack["outputs"]


def test_it_moves_to_a_bucket_and_back_with_its_versions_and_no_secret_in_the_clear(move, tmp_path):
    before, file = outputs(move.source), move.file.read_text()
    checks.check(move.source, move.target, begun=False)

    said = list(moving.move(move, checks.provider_of(file, move.target, None)))

    assert said[0] == "copied and compared: 1 resources are the same, secrets encrypted"
    assert outputs(move.target) == before
    assert SECRETS[0] in str(before)  # so that equal means equal
    assert move.file.read_text() == file
    assert project(move) == move.target.address.url
    known = [versions.versions(place.store, STACK) for place in (move.source, move.target)]
    assert [each.id for each in known[0]] == [each.id for each in known[1]] != []
    assert [path.name for path in move.file.parent.glob("*.bak*")] == []
    assert not move.noted.exists()
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    written += [move.target.store.read(e.key) for e in move.target.store.entries("")]
    assert not any(secret.encode() in each for secret in SECRETS for each in written)

    with pytest.raises(OpsError, match=r"was moved to s3://states-"):
        locks.refuse(move.source.store, STACK)
    with pytest.raises(OpsError, match=r"still has the state .*: python -m ops state forget"):
        checks.check(move.target, move.source, begun=False)
    forgetting.check(move.source, move.target)
    forgetting.forget(move.source)
    left = [e.key for e in move.source.store.entries("")]
    assert left == [".pulumi/meta.yaml"]
    checks.check(move.target, move.source, begun=False)
    list(moving.move(back(move), PROVIDER))
    assert outputs(move.source) == before
    assert project(move) == move.source.address.url


def test_its_releases_go_with_it_and_are_forgotten_with_the_old_state(move, monkeypatch):
    """A rollback after a move found none to go back to."""
    here = Kept(move.source.root, STACK, move.source.engine, move.source.address)
    there = replace(here, address=move.target.address)
    noted = Release(number=1, stack=STACK, account="", began="", result="done")
    here.write(Book(releases=(noted,)))
    monkeypatch.setattr(state_moves, "Paths", lambda: Paths(move.source.root))
    monkeypatch.setattr(state_moves, "_engine", lambda _: move.source.engine)
    monkeypatch.setattr(state_moves, "_source", lambda *_: move.source.address)

    state_moves.migrate(STACK, move.target.address.url, yes=True)

    assert there.read() == here.read() == Book(releases=(noted,))
    since = Release(number=2, stack=STACK, account="", began="", result="done")
    here.write(Book(releases=(noted, since)))
    monkeypatch.setattr(state_moves, "_source", lambda *_: move.target.address)

    state_moves.forget(STACK, move.source.address.url, yes=True)

    assert there.read() == Book(releases=(noted, since))
    assert [each.key for each in move.source.store.entries("")] == [".pulumi/meta.yaml"]


STEPS = [
    (Place, "take_over", True),
    (versions, "copy", True),
    (locks, "mark_moved", True),
    (project_file, "in_project", False),
]
"""What a move calls, one after the other, and whether the power is cut after it or before."""


class KilledError(BaseException):
    """Stands for a power cut: nothing in the program expects it."""


def test_stopped_at_any_step_it_goes_on_and_nothing_is_lost(move, monkeypatch):
    before, file = outputs(move.source), move.file.read_text()
    state = move.source.store.read(layout.state(STACK))
    for owner, name, late in STEPS:
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, _killed(getattr(owner, name), late=late))
            patch.setattr(locks, "hold", _held(locks.hold))
            with pytest.raises(KilledError):
                list(moving.move(move, PROVIDER))
        assert move.source.store.read(layout.state(STACK)) == state, (name, late)
        moving.release(move)

    list(moving.move(move, PROVIDER))

    assert outputs(move.target) == before
    assert move.file.read_text() == file
    assert project(move) == move.target.address.url
    assert [e.moved_to for e in locks.read(move.source.store, STACK)] == [move.target.address.url]


def _killed(real, *, late):
    """Return *real* with a power cut before it, or after it."""

    def step(*args, **kwargs):
        if late:
            real(*args, **kwargs)
        raise KilledError

    return step


def _held(real):
    """Leave the lock behind, as a killed process does; the next one is not alive in it either."""

    def hold(store, stack, purpose):
        held = real(store, stack, purpose)
        held.__enter__()
        key = locks.read(store, stack)[-1].key
        return _Left(store, key, held)

    return hold


class _Left:
    """A lock whose process is gone without having removed it."""

    def __init__(self, store, key, held):
        self.store, self.key, self.held = store, key, held

    def __enter__(self):
        return self

    def __exit__(self, *_):
        text = json.loads(self.store.read(self.key))
        self.store.write(self.key, json.dumps({**text, "pid": 2**22 + 1}).encode())


def test_what_was_deployed_at_the_target_is_never_removed(move):
    """A journal of a move that was stopped is no leave to delete a stack that lives."""
    resuming.begin(move, PROVIDER)
    move.target.store.write(
        f"{layout.history(STACK)}{STACK}-1700000000000000000.history.json", b"{}"
    )
    move.target.store.write(layout.state(STACK), move.source.store.read(layout.state(STACK)))

    with pytest.raises(OpsError, match="not sure that it is half a copy"):
        list(moving.move(move, PROVIDER))

    assert move.target.deployment()["resources"]


def test_another_move_of_the_same_stack_is_not_begun_before_the_first_has_ended(move):
    move.target.store.write(layout.state(STACK), move.source.store.read(layout.state(STACK)))
    resuming.begin(move, "default")
    elsewhere = replace(move, target=move.source)

    with pytest.raises(OpsError, match=r"end it first: PULUMI_BACKEND_URL='file:.*ider default"):
        list(moving.move(elsewhere, PROVIDER))


def test_a_copy_that_differs_is_said_by_its_resource_and_no_value(move):
    list(moving.move(move, PROVIDER))
    text = move.target.store.read(layout.state(STACK)).decode()
    move.target.store.write(
        layout.state(STACK), text.replace('"answer":42', '"answer":43').encode()
    )

    with pytest.raises(
        OpsError, match="differs in 1 resources, of which the first is urn:pulumi:"
    ) as f:
        comparing.compare(move.source, move.target)

    assert not any(secret in str(f.value) for secret in (*SECRETS, "43"))


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

    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    with pytest.raises(OpsError, match=r"none is set; export PULUMI_CONFIG_PASSPHRASE"):
        checks.provider_of(move.file.read_text(), move.target, None)
    with pytest.raises(OpsError, match=r"was not moved away, so it is kept"):
        forgetting.check(move.source, move.target)
    assert move.target.store.read(layout.state(STACK)) == state
