"""A move that was stopped goes on, whatever happened since; a stub is the engine (FW-4)."""

import json
from dataclasses import replace

import pytest

from ops.errors import OpsError
from ops.state_migration import forgetting, moving, place, resuming
from ops.state_migration.move import Move
from ops.state_migration.place import Place
from ops.state_store import layout, locks, versions
from ops.state_store.address import Address

STACK = "staging"
FILE = "encryptionsalt: v1:abc\nconfig:\n  chittyos:environment: staging\n"
KEY = "awskms://alias/states"


class KilledError(BaseException):
    """Stands for a power cut: nothing in the program expects it."""


class Engine:
    """The engine, as far as a move asks it, for states in folders."""

    def __init__(self, file):
        self.file = file
        self.refuses = ""
        """What secrets cannot be encrypted by."""

    def __call__(self, _executable, arguments, *, cwd, variables):
        assert cwd == self.file.parent
        state = stored(Address(variables["PULUMI_BACKEND_URL"]))
        match arguments:
            case ["stack", "export", *_]:
                if not state.exists():
                    raise OpsError("pulumi stack failed: no stack named 'staging' found")
                latest = json.loads(state.read_text())["checkpoint"]["latest"]
                return json.dumps({"deployment": latest})
            case ["stack", "migrate", source, _, _, provider, _]:
                self._migrate(Address(source), state, provider)
            case ["stack", "rm", *_]:
                state.unlink()
            case ["config", *_]:
                return "{}"
        return ""

    def _migrate(self, source, state, provider):
        if provider == self.refuses:
            raise OpsError(f"pulumi stack failed: no key {provider}")
        assert not state.exists()
        self.file.with_name(f"{self.file.name}.bak.123").write_text(self.file.read_text())
        self.file.write_text(f"{self.file.read_text()}# encrypted anew\n")
        state.parent.mkdir(parents=True, exist_ok=True)
        state.write_text(stored(source).read_text())


def stored(address):
    """Return the file of the state at *address*."""
    return address.folder / layout.state(STACK)


def deploy(of, answer, at=1_700_000_000_000_000_000):
    """Bring the stack of a place to *answer*, as an `up` does, which leaves a version."""
    urn = f"urn:pulumi:{STACK}::chittyos::pulumi:pulumi:Stack::chittyos-{STACK}"
    latest = {"resources": [{"urn": urn, "outputs": {"answer": answer}}]}
    content = json.dumps({"version": 3, "checkpoint": {"latest": latest}}).encode()
    of.store.write(layout.state(STACK), content)
    of.store.write(f"{layout.history(STACK)}{STACK}-{at}.checkpoint.json", content)


def answer(of):
    """Return what the stack of a place has come to."""
    (stack,) = of.deployment()["resources"]
    return stack["outputs"]["answer"]


@pytest.fixture
def places(tmp_path):
    """Give the stack in each of three folders."""
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    addresses = [Address(folder.as_uri()) for folder in folders]
    project = f"name: chittyos\nbackend: {{url: '{addresses[0].url}'}}"
    (tmp_path / "Pulumi.yaml").write_text(project)
    return [Place(each, STACK, tmp_path, tmp_path / "pulumi") for each in addresses]


@pytest.fixture
def move(places, tmp_path):
    """Give the move of the stack, which was deployed once, from the first folder to the second."""
    file = tmp_path / f"Pulumi.{STACK}.yaml"
    file.write_text(FILE)
    deploy(places[0], 1)
    return Move(places[0], places[1], file, tmp_path / "migrations" / f"{STACK}.json")


@pytest.fixture(autouse=True)
def engine(move, monkeypatch):
    made = Engine(move.file)
    monkeypatch.setattr(place, "pulumi", made)
    return made


def stop(of, monkeypatch, owner, name):
    """Begin the move, and cut the power where it calls *name* of *owner*."""

    def step(*_, **__):
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, step)
        with pytest.raises(KilledError):
            list(moving.move(of, "passphrase"))


def test_what_was_deployed_at_the_old_place_since_it_was_copied_is_not_lost(move, monkeypatch):
    stop(move, monkeypatch, locks, "mark_moved")
    assert answer(move.target) == 1
    deploy(move.source, 2, 1_700_000_000_000_000_001)

    said = list(moving.move(move, "passphrase"))

    assert said[0].startswith("copied and compared: 1 resources are the same")
    assert answer(move.target) == 2
    assert len(versions.versions(move.target.store, STACK)) == 2


def test_what_was_deployed_at_the_new_place_since_is_not_lost_either(move, monkeypatch):
    stop(move, monkeypatch, locks, "mark_moved")
    deploy(move.target, 3, 1_700_000_000_000_000_002)

    with pytest.raises(OpsError, match=r"or that nobody has changed it since; if it may go: "):
        list(moving.move(move, "passphrase"))

    assert (answer(move.source), answer(move.target)) == (1, 3)
    assert locks.moved_to(move.source.store, STACK) is None


def test_a_key_that_there_is_not_is_given_again_and_what_was_edited_is_kept(move, engine):
    engine.refuses = KEY
    with pytest.raises(OpsError, match="no key awskms"):
        list(moving.move(move, KEY))
    edited = f"{FILE}  chittyos:account: {'a' * 32}\n"
    move.file.write_text(edited)

    list(moving.move(move, "passphrase"))

    assert answer(move.target) == 1
    assert move.file.read_text() == edited


def test_a_move_that_made_nothing_elsewhere_does_not_stop_another(move, places, engine):
    engine.refuses = KEY
    with pytest.raises(OpsError, match="no key awskms"):
        list(moving.move(move, KEY))
    other = replace(move, target=places[2])
    assert not resuming.is_begun(other)

    list(moving.move(other, "passphrase"))

    assert answer(places[2]) == 1


def test_a_file_that_the_engine_was_rewriting_is_put_back_and_that_is_said(move, monkeypatch):
    stop(move, monkeypatch, moving, "_spare")
    own = move.file.with_name(f"{move.file.name}.bak.mine")
    own.write_text("of somebody")

    said = list(moving.move(move, "passphrase"))

    kept = move.noted.with_suffix(".yaml")
    assert said[0].endswith(f"is as it was before the move was stopped; what it said then: {kept}")
    assert kept.read_text() == f"{FILE}# encrypted anew\n"
    assert move.file.read_text() == FILE
    assert [each.name for each in move.file.parent.glob("*.bak.*")] == [own.name]


def test_killed_after_all_was_done_it_has_nothing_more_to_do(move, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(type(move.noted), "unlink", lambda *_, **__: None)
        list(moving.move(move, "passphrase"))
    assert move.noted.exists()
    again = replace(move, source=move.target)

    assert resuming.end(again) == move.source.address.url
    assert not move.noted.exists()
    assert resuming.end(again) is None


def test_half_a_copy_that_is_looked_at_does_not_end_the_move(move, monkeypatch):
    stop(move, monkeypatch, locks, "mark_moved")

    assert resuming.end(replace(move, source=move.target)) is None
    assert move.noted.exists()


def test_a_state_that_was_moved_twice_is_forgotten_from_where_it_is_now(move, places):
    list(moving.move(move, "passphrase"))
    list(moving.move(replace(move, source=places[1], target=places[2]), "passphrase"))
    forgetting.check(places[1], places[2])
    forgetting.forget(places[1])

    forgetting.check(places[0], places[2])

    deploy(places[0], 4, 1_700_000_000_000_000_004)
    with pytest.raises(OpsError, match=r"was moved to file://\S+/b, and not to file://\S+/c, so"):
        forgetting.check(places[0], places[2])


def test_the_project_names_the_old_address_until_no_stack_is_left_there(move):
    project = move.source.root / "Pulumi.yaml"
    other = layout.state("production")
    move.source.store.write(other, move.source.store.read(layout.state(STACK)))

    *_, said = moving.move(move, "passphrase")

    assert f"Pulumi.yaml still says {move.source.address.url}, where production is; move" in said
    assert f"for {STACK}: export PULUMI_BACKEND_URL='{move.target.address.url}'" in said
    assert move.source.address.url in project.read_text()


def test_an_address_that_is_not_written_plainly_is_left_to_its_owner(move):
    project = move.source.root / "Pulumi.yaml"
    url = move.source.address.url.replace("/", "\\/")
    project.write_text(f'name: chittyos\nbackend: {{url: "{url}"}}')

    *_, said = moving.move(move, "passphrase")

    assert said == f"Pulumi.yaml: set backend.url to {move.target.address.url} by hand"
    assert url in project.read_text()
