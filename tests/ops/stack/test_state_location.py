"""Where the state of a stack is, and what is refused before the engine is started (FW-4)."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from ops.commands import state as commands
from ops.commands import state_migrate
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import backend, effective_config, state_location
from ops.stack import session as sessions
from ops.stack.target import Target
from ops.state_store import locks
from ops.state_store.address import Address
from ops.state_store.folder import FolderStore
from toolchain import engine as engines

LOCAL = Target("development", "development", {"chittyos:environment": "development"})
REAL = Target("staging", "staging", {"chittyos:environment": "staging"})


@pytest.fixture
def paths(tmp_path, monkeypatch):
    """Give a clone with a real and a local stack, and the state of the first in a folder."""
    (tmp_path / "Pulumi.yaml").write_text("name: chittyos\nruntime: python\n")
    for target in (LOCAL, REAL):
        document = {"config": target.config}
        (tmp_path / f"Pulumi.{target.name}.yaml").write_text(json.dumps(document))
    (tmp_path / "states").mkdir()
    monkeypatch.setenv("PULUMI_BACKEND_URL", (tmp_path / "states").as_uri())
    monkeypatch.delenv(state_location.LOCAL_STATE, raising=False)
    made = Paths(tmp_path)
    monkeypatch.setattr(commands, "Paths", lambda: made)
    monkeypatch.setattr(state_migrate, "Paths", lambda: made)
    return made


@pytest.fixture
def store(paths):
    return FolderStore(Address((paths.root / "states").as_uri()))


def test_a_local_state_is_here_unless_it_is_rehearsed_elsewhere(paths, monkeypatch):
    assert state_location.is_here(LOCAL)
    assert not state_location.is_here(REAL)
    monkeypatch.setenv(state_location.LOCAL_STATE, (paths.root / "other").as_uri())
    assert not state_location.is_here(LOCAL)


@pytest.mark.parametrize("url", ["s3://states?region=eu-west-1", "https://api.pulumi.com"])
def test_a_local_state_is_not_kept_on_another_machine(monkeypatch, url):
    monkeypatch.setenv(state_location.LOCAL_STATE, url)

    with pytest.raises(OpsError, match="is not on this machine, as stacks of the local Cloudflare"):
        state_location.elsewhere()


@pytest.mark.usefixtures("tools")
def test_a_service_that_does_not_answer_is_said_before_anything_is_made(paths, monkeypatch):
    url = "s3://states?endpoint=http://127.0.0.1:9&use_path_style=true"
    for name, value in {"PULUMI_BACKEND_URL": url, "AWS_ACCESS_KEY_ID": "a"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")

    monkeypatch.setattr(effective_config, "prepare", lambda *_: pytest.fail("was made"))

    with pytest.raises(OpsError, match="the service does not answer"):
        sessions.equip(paths, REAL)


def test_whose_lock_it_is_is_shown_and_nothing_is_removed_unasked(store, capsys):
    key = ".pulumi/locks/organization/chittyos/staging/1.json"
    store.write(key, json.dumps({"pid": 7, "username": "ada", "hostname": "runner-1"}).encode())

    with pytest.raises(OpsError, match="there is no terminal to ask; add --yes"):
        commands.unlock("staging")

    assert "locked by process 7 of ada on runner-1, another machine" in capsys.readouterr().out
    assert store.read(key)
    commands.unlock("staging", yes=True)
    assert store.read(key) is None


def test_the_lock_of_a_run_of_this_machine_is_never_removed(store):
    with locks.hold(store, "staging", "a test"):
        with pytest.raises(OpsError, match="of this machine changes staging; wait for it to end"):
            commands.unlock("staging", yes=True)
        assert locks.read(store, "staging")


def test_where_a_state_was_moved_to_is_no_lock_to_remove(store):
    locks.mark_moved(store, "staging", "s3://new")

    with pytest.raises(OpsError, match=r"was moved to s3://new"):
        commands.unlock("staging", yes=True)


@pytest.fixture
def tools(paths, monkeypatch):
    """Give a session its tools without looking for any."""
    found = SimpleNamespace(pack=lambda _: paths.root, folder=None, engine=SimpleNamespace(path=""))
    monkeypatch.setattr(sessions, "tools_for", lambda *_, **__: found)
    return found


@pytest.mark.usefixtures("tools")
def test_no_command_goes_by_a_state_that_was_moved_away(paths, store):
    """A preview would: the engine asks for locks where it changes something alone."""
    assert sessions.equip(paths, REAL).target == REAL
    locks.mark_moved(store, "staging", "s3://new")

    with pytest.raises(OpsError, match=r"was moved to s3://new; set PULUMI_BACKEND_URL to that"):
        sessions.equip(paths, REAL)


def test_a_version_is_shown_before_it_is_agreed_to(store, monkeypatch):
    folder, at = ".pulumi/history/chittyos/staging/staging-", 1_700_000_000_000_000_000
    state = {"version": 3, "checkpoint": {"latest": {"resources": []}}}
    for number in (at, at + 1):
        store.write(f"{folder}{number}.checkpoint.json", json.dumps(state).encode())
        about = {"kind": "update", "result": "succeeded", "resourceChanges": {"create": 3}}
        store.write(f"{folder}{number}.history.json", json.dumps(about).encode())
    asked = []
    monkeypatch.setattr(commands, "agree", lambda question, **_: asked.append(question))

    with pytest.raises(OpsError, match="several versions of staging begin with '17'"):
        commands.restore("staging", "17")
    with pytest.raises(OpsError, match="no version of staging begin with '18'"):
        commands.restore("staging", "18")
    assert not asked
    commands.restore("staging", str(at))

    assert asked == [
        "Make the state of 2023-11-14 22:13:20+00:00 (update, succeeded; 3 create) that of staging?"
    ]


@pytest.mark.usefixtures("paths")
def test_a_state_of_a_local_stack_is_not_moved():
    with pytest.raises(OpsError, match="its state stays on this machine"):
        state_migrate.migrate("development", "s3://elsewhere")


def test_the_place_of_the_state_is_no_old_one_to_forget(store, monkeypatch):
    monkeypatch.setattr(state_migrate, "_engine", lambda _: None)

    with pytest.raises(OpsError, match="is where the state of staging is now; it is kept"):
        state_migrate.forget("staging", f"{store.address.url}/?metadata=skip")


@pytest.mark.usefixtures("paths")
def test_the_cloud_in_another_spelling_is_no_old_place_to_forget(monkeypatch):
    """Nothing tells there that a state was moved away: what is there now would be deleted."""
    monkeypatch.setattr(state_migrate, "_engine", lambda _: None)
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://api.pulumi.com")

    with pytest.raises(OpsError, match="is where the state of staging is now; it is kept"):
        state_migrate.forget("staging", "https://api.pulumi.com/")


@pytest.fixture
def init(paths, monkeypatch):
    """Give `init` of the stack at an address, by an engine that says what is to be said."""

    def run(url, said=""):
        def pulumi(*_, **__):
            if said:
                raise OpsError(said)

        monkeypatch.setattr(backend, "pulumi", pulumi)
        return backend.make(paths, "staging", url, None)

    engine = SimpleNamespace(path=Path("pulumi"))
    monkeypatch.setattr(engines, "ensure", lambda _: engine)
    return run


def test_an_address_at_which_no_stack_can_be_made_is_not_kept(init, paths, monkeypatch):
    monkeypatch.delenv("PULUMI_BACKEND_URL")
    project = (paths.root / "Pulumi.yaml").read_text()

    with pytest.raises(OpsError, match=r"the stack is not made: no such folder.* run this again"):
        init("file:///wrong", "no such folder")

    assert (paths.root / "Pulumi.yaml").read_text() == project
    said = init((paths.root / "states").as_uri())
    assert said[0] == f"states are kept at {(paths.root / 'states').as_uri()}"
    assert "backend:\n  url: file://" in (paths.root / "Pulumi.yaml").read_text()


def test_a_backend_is_not_set_that_the_environment_goes_before(init, paths):
    project = (paths.root / "Pulumi.yaml").read_text()

    with pytest.raises(OpsError, match="PULUMI_BACKEND_URL is set to another address, which goes"):
        init("file:///other")

    assert (paths.root / "Pulumi.yaml").read_text() == project
