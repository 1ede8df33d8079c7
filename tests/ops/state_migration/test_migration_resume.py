"""A move that was stopped goes on, whatever happened since; a stub is the engine (FW-4)."""

from dataclasses import replace

import pytest

from ops.errors import OpsError
from ops.state_migration import migration, migration_resume, project_file, source_deletion
from ops.state_migration.stack_location import Place
from ops.state_store import layout, locks, versions
from tests.ops.state_migration.power_cut import KilledError, held, killed
from tests.ops.state_migration.stub import FILE, answer, deploy, engine, move, places
from tests.ops.states import STACK

__all__ = ["engine", "move", "places"]

KEY = "awskms://alias/states"


def stop(of, monkeypatch, owner, name):
    """Begin the move, and cut the power where it calls *name* of *owner*."""
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, killed(None, late=False))
        with pytest.raises(KilledError):
            list(migration.move(of, "passphrase"))


STEPS = [
    (Place, "take_over"),
    (versions, "copy"),
    (locks, "mark_moved"),
    (project_file, "in_project"),
]
"""What a move calls, one after the other."""


@pytest.mark.parametrize("late", [False, True])
def test_stopped_at_any_step_it_goes_on_and_nothing_is_lost(move, monkeypatch, late):
    """Each step is cut off once, *late* after it was taken, and the lock is left behind."""
    state = move.source.store.read(layout.state(STACK))
    for owner, name in STEPS:
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, killed(getattr(owner, name), late=late))
            patch.setattr(locks, "hold", held(locks.hold))
            with pytest.raises(KilledError):
                list(migration.move(move, "passphrase"))
        assert move.source.store.read(layout.state(STACK)) == state, name
        migration.release(move)

    list(migration.move(move, "passphrase"))

    assert answer(move.target) == 1
    assert move.file.read_text() == FILE
    assert move.target.address.url in (move.source.root / "Pulumi.yaml").read_text()
    assert [e.moved_to for e in locks.read(move.source.store, STACK)] == [move.target.address.url]


def test_what_was_deployed_at_the_old_place_since_it_was_copied_is_not_lost(move, monkeypatch):
    stop(move, monkeypatch, locks, "mark_moved")
    assert answer(move.target) == 1
    deploy(move.source, 2, 1_700_000_000_000_000_001)

    said = list(migration.move(move, "passphrase"))

    assert said[0].startswith("copied and compared: 1 resources are the same")
    assert answer(move.target) == 2
    assert len(versions.versions(move.target.store, STACK)) == 2


def test_what_was_deployed_at_the_new_place_since_is_not_lost_either(move, monkeypatch):
    stop(move, monkeypatch, locks, "mark_moved")
    deploy(move.target, 3, 1_700_000_000_000_000_002)

    with pytest.raises(OpsError, match=r"or that nobody has changed it since; if it may go: "):
        list(migration.move(move, "passphrase"))

    assert (answer(move.source), answer(move.target)) == (1, 3)
    assert locks.moved_to(move.source.store, STACK) is None


def test_a_key_that_there_is_not_is_given_again_and_what_was_edited_is_kept(move, engine):
    engine.refuses = KEY
    with pytest.raises(OpsError, match="no key awskms"):
        list(migration.move(move, KEY))
    edited = f"{FILE}  chittyos:account: {'a' * 32}\n"
    move.file.write_text(edited)

    list(migration.move(move, "passphrase"))

    assert answer(move.target) == 1
    assert move.file.read_text() == edited


def test_a_move_that_made_nothing_elsewhere_does_not_stop_another(move, places, engine):
    engine.refuses = KEY
    with pytest.raises(OpsError, match="no key awskms"):
        list(migration.move(move, KEY))
    other = replace(move, target=places[2])
    assert not migration_resume.is_begun(other)

    list(migration.move(other, "passphrase"))

    assert answer(places[2]) == 1


def test_a_file_that_the_engine_was_rewriting_is_put_back_and_that_is_said(move, monkeypatch):
    stop(move, monkeypatch, migration, "_spare")
    own = move.file.with_name(f"{move.file.name}.bak.mine")
    own.write_text("of somebody")

    said = list(migration.move(move, "passphrase"))

    kept = move.noted.with_suffix(".yaml")
    assert said[0].endswith(f"is as it was before the move was stopped; what it said then: {kept}")
    assert kept.read_text() == f"{FILE}# encrypted anew\n"
    assert move.file.read_text() == FILE
    assert [each.name for each in move.file.parent.glob("*.bak.*")] == [own.name]


def test_killed_after_all_was_done_it_has_nothing_more_to_do(move, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(type(move.noted), "unlink", lambda *_, **__: None)
        list(migration.move(move, "passphrase"))
    assert move.noted.exists()
    again = replace(move, source=move.target)

    assert migration_resume.end(again) == move.source.address.url
    assert not move.noted.exists()
    assert migration_resume.end(again) is None


def test_half_a_copy_that_is_looked_at_does_not_end_the_move(move, monkeypatch):
    stop(move, monkeypatch, locks, "mark_moved")

    assert migration_resume.end(replace(move, source=move.target)) is None
    assert move.noted.exists()


def test_a_state_that_was_moved_twice_is_forgotten_from_where_it_is_now(move, places):
    list(migration.move(move, "passphrase"))
    list(migration.move(replace(move, source=places[1], target=places[2]), "passphrase"))
    source_deletion.check(places[1], places[2])
    source_deletion.forget(places[1])

    source_deletion.check(places[0], places[2])

    deploy(places[0], 4, 1_700_000_000_000_000_004)
    with pytest.raises(OpsError, match=r"was moved to file://\S+/b, and not to file://\S+/c, so"):
        source_deletion.check(places[0], places[2])


def test_the_project_names_the_old_address_until_no_stack_is_left_there(move):
    project = move.source.root / "Pulumi.yaml"
    other = layout.state("production")
    move.source.store.write(other, move.source.store.read(layout.state(STACK)))

    *_, said = migration.move(move, "passphrase")

    assert f"Pulumi.yaml still says {move.source.address.url}, where production is; move" in said
    assert f"for {STACK}: export PULUMI_BACKEND_URL='{move.target.address.url}'" in said
    assert move.source.address.url in project.read_text()


def test_an_address_that_is_not_written_plainly_is_left_to_its_owner(move):
    project = move.source.root / "Pulumi.yaml"
    url = move.source.address.url.replace("/", "\\/")
    project.write_text(f'name: chittyos\nbackend: {{url: "{url}"}}')

    *_, said = migration.move(move, "passphrase")

    assert said == f"Pulumi.yaml: set backend.url to {move.target.address.url} by hand"
    assert url in project.read_text()


def test_a_journal_is_no_leave_to_remove_a_stack_that_lives(move):
    migration_resume.begin(move, "passphrase")
    deploy(move.target, 5, 1_700_000_000_000_000_005)

    with pytest.raises(OpsError, match="not sure that it is half a copy"):
        list(migration.move(move, "passphrase"))

    assert answer(move.target) == 5


def test_another_move_of_the_same_stack_is_not_begun_before_the_first_has_ended(
    move, places, monkeypatch
):
    stop(move, monkeypatch, migration, "_spare")
    other = replace(move, target=places[2])

    with pytest.raises(OpsError, match=r"end it first: PULUMI_BACKEND_URL='file:.*der passphrase"):
        list(migration.move(other, "passphrase"))
