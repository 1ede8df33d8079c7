"""A state moves from a folder to a bucket and back, by a real engine; nothing is lost (FW-4)."""

from dataclasses import replace

import pytest
import yaml

from ops.commands import state_migrate
from ops.errors import OpsError
from ops.paths import Paths
from ops.release.release_backend import Kept
from ops.release.release_record import Book, Release
from ops.state_migration import checks, migration, source_deletion
from ops.state_migration.move import Move
from ops.state_migration.stack_location import Place
from ops.state_store import locks, versions
from tests.ops.state_migration.power_cut import KilledError, held, killed
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

    said = list(migration.move(move, checks.provider_of(file, move.target, None)))

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
    source_deletion.check(move.source, move.target)
    source_deletion.forget(move.source)
    left = [e.key for e in move.source.store.entries("")]
    assert left == [".pulumi/meta.yaml"]
    checks.check(move.target, move.source, begun=False)
    list(migration.move(back(move), PROVIDER))
    assert outputs(move.source) == before
    assert project(move) == move.source.address.url


def test_its_releases_go_with_it_and_are_forgotten_with_the_old_state(move, monkeypatch):
    """A rollback after a move found none to go back to."""
    here = Kept(move.source.root, STACK, move.source.engine, move.source.address)
    there = replace(here, address=move.target.address)
    noted = Release(number=1, stack=STACK, account="", began="", result="done")
    here.write(Book(releases=(noted,)))
    monkeypatch.setattr(state_migrate, "Paths", lambda: Paths(move.source.root))
    monkeypatch.setattr(state_migrate, "_engine", lambda _: move.source.engine)
    monkeypatch.setattr(state_migrate, "_source", lambda *_: move.source.address)

    state_migrate.migrate(STACK, move.target.address.url, yes=True)

    assert there.read() == here.read() == Book(releases=(noted,))
    since = Release(number=2, stack=STACK, account="", began="", result="done")
    here.write(Book(releases=(noted, since)))
    monkeypatch.setattr(state_migrate, "_source", lambda *_: move.target.address)

    state_migrate.forget(STACK, move.source.address.url, yes=True)

    assert there.read() == Book(releases=(noted, since))
    assert [each.key for each in move.source.store.entries("")] == [".pulumi/meta.yaml"]


def test_half_a_copy_is_made_again_by_the_same_command(move, monkeypatch):
    before, file = outputs(move.source), move.file.read_text()
    with monkeypatch.context() as patch:
        patch.setattr(Place, "take_over", killed(Place.take_over, late=True))
        patch.setattr(locks, "hold", held(locks.hold))
        with pytest.raises(KilledError):
            list(migration.move(move, PROVIDER))
    migration.release(move)

    list(migration.move(move, PROVIDER))

    assert outputs(move.target) == before
    assert move.file.read_text() == file
    assert [path.name for path in move.file.parent.glob("*.bak*")] == []
