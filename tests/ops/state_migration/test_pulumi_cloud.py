"""A state moves to Pulumi Cloud and away from it, by a real engine; nothing is lost (FW-4)."""

from dataclasses import replace

import httpx
import pytest

from harness.look_alikes import pulumi_cloud
from ops.commands import state_migrate
from ops.errors import OpsError
from ops.paths import Paths
from ops.release.release_backend import Kept
from ops.release.release_record import Book, Release
from ops.state_migration import (
    checks,
    journal,
    migration,
    migration_resume,
    source_deletion,
)
from ops.state_migration.move import Move
from ops.state_migration.stack_location import Place
from ops.state_store import locks
from ops.state_store.address import Address
from tests.ops.states import SECRETS, STACK

pytestmark = pytest.mark.engine

SERVICE, PASSPHRASE = "default", "passphrase"
PATH = f"/api/stacks/somebody/chittyos/{STACK}"


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    """Give a running look-alike, its token in the environment."""
    with pulumi_cloud(tmp_path / "cloud") as running:
        monkeypatch.setenv("PULUMI_ACCESS_TOKEN", running.variables["PULUMI_ACCESS_TOKEN"])
        yield running


@pytest.fixture
def move(stack, cloud, tmp_path):
    """Give the move of a stack with secrets from a folder to Pulumi Cloud."""
    root = stack.folder / f"work-{STACK}"
    addresses = (Address((stack.folder / "state").as_uri()), Address(cloud.url))
    source, target = (Place(each, STACK, root, stack.binary) for each in addresses)
    return Move(source, target, root / f"Pulumi.{STACK}.yaml", tmp_path / "migrations" / "s.json")


def back(of):
    return Move(of.target, of.source, of.file, of.noted)


def outputs(place):
    (found,) = place.deployment(readable=True)["resources"]
    return found["outputs"]


def written(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def begin_an_update(cloud):
    """Begin an update as another machine does, and leave it."""
    headers = {"Authorization": f"token {cloud.variables['PULUMI_ACCESS_TOKEN']}"}
    body = {"updateKind": "update", "program": {}}
    begun = httpx.post(f"{cloud.url}{PATH}/begin-update", json=body, headers=headers)
    assert begun.status_code == 200, begun.text


def test_it_moves_to_the_cloud_and_back_and_every_secret_is_readable(move, cloud):
    before, values = outputs(move.source), move.source.configuration()
    checks.check(move.source, move.target, begun=False)

    said = list(migration.move(move, SERVICE))

    assert said[0] == "copied and compared: 1 resources are the same, secrets encrypted"
    assert outputs(move.target) == before
    assert move.target.configuration() == values
    assert SECRETS[0] in str(before)  # so that equal means equal
    assert SECRETS[1] in str(values)
    assert "encryptionsalt" not in move.file.read_text()
    found = written(cloud.folder) + move.file.read_bytes()
    assert not any(secret.encode() in found for secret in SECRETS)
    with pytest.raises(OpsError, match="was moved to http://127"):
        locks.refuse(move.source.store, STACK)
    source_deletion.check(move.source, move.target)
    source_deletion.forget(move.source)

    checks.check(move.target, move.source, begun=False)
    told = list(migration.move(back(move), PASSPHRASE))

    assert "marked: no command goes by it" in " ".join(told)
    assert outputs(move.source) == before
    assert move.source.configuration() == values
    with pytest.raises(OpsError, match="it was moved to file://"):
        move.target.cloud.refuse_moved()
    with pytest.raises(OpsError, match=r"still has the state .*: python -m ops state forget"):
        checks.check(move.source, move.target, begun=False)
    source_deletion.check(move.target, move.source)
    source_deletion.forget(move.target)
    assert move.target.deployment() is None


def test_what_was_deployed_there_after_its_state_had_moved_away_keeps_it(move):
    list(migration.move(move, SERVICE))
    with pytest.raises(OpsError, match="was not moved away, so it is kept"):
        source_deletion.check(move.target, move.source)
    source_deletion.forget(move.source)
    list(migration.move(back(move), PASSPHRASE))
    source_deletion.check(move.target, move.source)

    move.target.cloud.take_back(1)  # the same resources: a comparison of those would see nothing

    with pytest.raises(OpsError, match=r"was deployed at http://127.*it is kept.*stack history"):
        source_deletion.check(move.target, move.source)


def test_a_stack_that_somebody_changes_there_is_not_moved(move, cloud):
    list(migration.move(move, SERVICE))
    source_deletion.forget(move.source)
    begin_an_update(cloud)

    with pytest.raises(OpsError, match=r"changed by an update at http://127.*state unlock staging"):
        checks.check(move.target, move.source, begun=False)

    move.target.cloud.cancel()
    checks.check(move.target, move.source, begun=False)


def test_half_a_copy_in_the_cloud_is_left_to_its_owner(move, cloud):
    migration_resume.begin(move, SERVICE)
    move.target.take_over(move.source.address, SERVICE)

    with pytest.raises(OpsError, match=f"PULUMI_BACKEND_URL='{cloud.url}' pulumi stack rm --force"):
        list(migration.move(move, SERVICE))

    assert move.target.deployment()


def test_a_move_that_was_killed_before_its_note_was_gone_is_ended(move):
    list(migration.move(move, SERVICE))
    begun = migration_resume.begin(replace(move), SERVICE)
    journal.write(move.noted, replace(begun, compared=True))

    assert migration_resume.is_begun(move)
    assert migration_resume.end(replace(move, source=move.target)) == move.source.address.url
    assert not move.noted.exists()


def test_its_releases_go_with_it_and_are_forgotten_with_the_old_state(move, monkeypatch):
    here = Kept(move.source.root, STACK, move.source.engine, move.source.address)
    there = replace(here, address=move.target.address)
    noted = Release(number=1, stack=STACK, account="", began="", result="done")
    here.write(Book(releases=(noted,)))
    monkeypatch.setattr(state_migrate, "Paths", lambda: Paths(move.source.root))
    monkeypatch.setattr(state_migrate, "_engine", lambda _: move.source.engine)
    monkeypatch.setattr(state_migrate, "_source", lambda *_: move.source.address)

    state_migrate.migrate(STACK, move.target.address.url, secrets_provider=SERVICE, yes=True)

    assert there.read() == here.read() == Book(releases=(noted,))
    since = replace_number(noted)
    there.write(Book(releases=(noted, since)))
    monkeypatch.setattr(state_migrate, "_source", lambda *_: move.target.address)
    state_migrate.forget(STACK, move.source.address.url, yes=True)
    assert there.read() == Book(releases=(noted, since))
    assert there.remove()
    assert there.read() == Book()


def replace_number(noted):
    return noted.model_copy(update={"number": 2})


def test_from_the_cloud_to_elsewhere_a_passphrase_is_wanted(move, monkeypatch):
    for name in checks.SOURCES:
        monkeypatch.delenv(name, raising=False)
    text = "config:\n  chittyos:environment: staging\n"

    assert checks.provider_of(text, move.target, None) == SERVICE
    with pytest.raises(OpsError, match="export PULUMI_CONFIG_PASSPHRASE"):
        checks.provider_of(text, move.source, None)
    assert checks.provider_of(text, move.source, "awskms://alias/states") == "awskms://alias/states"
    assert checks.provider_of("secretsprovider: gcpkms://k\n", move.source, None) == "gcpkms://k"


@pytest.mark.usefixtures("move")
def test_a_wrong_token_is_said_and_moves_nothing(move, monkeypatch):
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "another")

    with pytest.raises(OpsError, match=r"(?i)invalid access token|credentials|logg"):
        checks.check(move.source, move.target, begun=False)

    assert move.source.deployment()
