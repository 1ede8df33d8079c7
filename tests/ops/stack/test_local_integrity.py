"""A damaged `.local`: made again where that loses nothing, else one sentence with the way out."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import effective_config, local_control
from ops.stack.environment import environment_for
from ops.stack.local_integrity import check_passphrase, check_state
from ops.stack.target import Target
from systems.registry import SYSTEMS

DEVELOPMENT = Target("development", "development", {"chittyos:environment": "development"})
STATE = json.dumps({"checkpoint": {"latest": {"resources": [{"urn": "u"}]}}})
EMPTY = json.dumps({"checkpoint": {"latest": None}})
SECRET = {"secure": "v1:abc"}


@pytest.fixture
def paths(tmp_path):
    """Give a clone in a folder with a blank in its name; its stack was never up."""
    made = Paths(tmp_path / "a clone")
    made.stacks.mkdir(parents=True)
    made.connect_tokens.mkdir(parents=True)
    (made.connect_tokens / "chittyconnect").write_text("t" * 40)
    (made.cloudflare / "token").write_text("t" * 40)
    credentials = {"access_key_id": "a", "secret_access_key": "b"}
    (made.cloudflare / "r2-credentials.json").write_text(json.dumps(credentials))
    return made


@pytest.fixture
def state(paths):
    path = paths.state / ".pulumi" / "stacks" / "chittyos" / "development.json"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def prepared(paths, state, monkeypatch):
    """Prepare a stack that has a state; answer what the effective file then has."""
    state.write_text(STATE)
    called = []
    monkeypatch.setattr(
        effective_config, "pulumi", lambda _engine, args, **_: called.append(args[-1])
    )

    def prepare(text):
        paths.effective("development").write_text(text)
        effective_config.prepare(paths, DEVELOPMENT, Path("pulumi"))
        return yaml.safe_load(paths.effective("development").read_text()), called

    return prepare


DAMAGED = {
    "a list": "[]",
    "a list as config": "config: []",
    "cut off": "config: [",
    "not text": "a\x00b",
    "secrets without their salt": yaml.safe_dump({"config": {"a:b": SECRET}}),
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_effective_file_is_made_again_with_new_secrets(prepared, text, capsys):
    document, called = prepared(text)

    assert document == {"config": DEVELOPMENT.config}
    assert set(called) == {
        f"{system.name}:{name}" for system in SYSTEMS for name in system.generated
    }
    assert "was damaged and is made again" in capsys.readouterr().err


def test_a_whole_effective_file_keeps_its_secrets(prepared, capsys):
    document, _ = prepared(yaml.safe_dump({"config": {"a:b": SECRET}, "encryptionsalt": "v1:x"}))

    assert document["config"]["a:b"] == SECRET
    assert document["encryptionsalt"] == "v1:x"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("text", [STATE[:20], "", "[]", None], ids=["cut", "empty", "list", "gone"])
def test_a_damaged_state_is_said_with_the_command_that_brings_the_one_before_back(
    paths, state, text
):
    state.with_name("development.json.bak").write_text(STATE)
    if text is not None:
        state.write_text(text)

    with pytest.raises(OpsError) as raised:
        check_state(paths, "development")

    command = str(raised.value).partition("last change: ")[2]
    subprocess.run(["/bin/sh", "-c", command], check=True)
    assert state.read_text() == STATE
    assert check_state(paths, "development")


@pytest.mark.parametrize("copy", [STATE, "{"])
def test_a_damaged_state_with_versions_is_taken_back_from_them_and_nothing_is_reset(
    paths, state, copy
):
    state.write_text("{")
    state.with_name("development.json.bak").write_text(copy)
    version = state.parents[2] / "history/chittyos/development/development-17.checkpoint.json"
    version.parent.mkdir(parents=True)
    version.write_text(STATE)

    with pytest.raises(OpsError, match=r"take the last good version .*: python -m ops state v"):
        check_state(paths, "development")


def test_a_damaged_state_without_a_whole_one_beside_it_asks_for_a_reset(paths, state):
    state.write_text("{")
    state.with_name("development.json.bak").write_text("{")

    with pytest.raises(OpsError, match="the copy beside it as well; run make reset"):
        check_state(paths, "development")


def test_a_stack_that_was_never_there_or_was_removed_when_empty_is_made(paths, state):
    assert not check_state(paths, "development")
    state.with_name("development.json.bak").write_text(EMPTY)
    assert not check_state(paths, "development")


def test_a_lost_passphrase_is_said_and_no_other_is_made(paths, state):
    check_passphrase(paths)
    state.write_text(STATE)

    with pytest.raises(OpsError, match="put it back, or run make reset"):
        environment_for(paths, DEVELOPMENT, None, {})
    assert not paths.passphrase.exists()


def test_a_state_that_is_gone_beside_what_it_described_is_said_and_no_other_is_begun(
    paths, monkeypatch
):
    held = {"holds": 3}
    monkeypatch.setattr(local_control, "ask", lambda *_: held)
    called = []
    monkeypatch.setattr(effective_config, "pulumi", lambda _engine, args, **_: called.append(args))
    paths.effective("development").write_text("config: {}")

    with pytest.raises(OpsError, match=f"{paths.state} is gone, .* has 3 things .* put it back"):
        effective_config.prepare(paths, DEVELOPMENT, Path("pulumi"))
    assert called == []
    held["holds"] = 0
    effective_config.prepare(paths, DEVELOPMENT, Path("pulumi"))
    assert called[0][:2] == ["stack", "init"]


def test_the_first_up_of_a_clone_may_find_what_others_made(paths, monkeypatch):
    monkeypatch.setattr(local_control, "ask", lambda *_: {"holds": 3})
    monkeypatch.setattr(effective_config, "pulumi", lambda *_, **__: "")

    effective_config.prepare(paths, DEVELOPMENT, Path("pulumi"))


def test_a_lost_development_token_is_said_with_how_to_get_another(prepared, paths, capsys):
    text = yaml.safe_dump(
        {"config": {"chittyconnect:API_TOKENS": SECRET}, "encryptionsalt": "v1:salt"}
    )
    prepared(text)
    said = capsys.readouterr().err

    assert f"{paths.development_token} is gone; for another token: python -m ops token" in said
    paths.development_token.write_text("chitty_x")
    prepared(text)
    assert "is gone" not in capsys.readouterr().err
