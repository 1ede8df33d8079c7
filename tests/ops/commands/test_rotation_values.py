"""What a rotation writes, in which order, and what it goes on with (OP-3, OP-4)."""

import io
import json
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
import typer

from ops.commands.rotations.asked import Asked, agree, gone_on_with
from ops.commands.rotations.new_value import change_of, note_of
from ops.errors import OpsError
from ops.paths import Paths
from ops.run.consent import NONE, Consent
from ops.stack import rotations
from ops.stack.target import Target
from ops.terminal import console
from systems import gates
from systems.rotations import PLATFORM_TOKENS, SecretRotation

NEW, OLD = "t0ken-of-the-new-server-71", "t0ken-of-the-old-server-70"
STACK = Target("production", "production", {})
TOKEN, PREVIOUS = (
    f"chittyconnect:ONEPASSWORD_CONNECT_{each}" for each in ("TOKEN", "TOKEN_PREVIOUS")
)
TOKENS, PREVIOUS_TOKENS = (
    f"chittyconnect:ONEPASSWORD_CONNECT_{it}" for it in ("TOKENS", "TOKENS_PREVIOUS")
)
TUNNEL = "onepassword_connect:TUNNEL_SECRET"


class Editor:
    """Keeps secrets, in the order in which they were set; may be killed after one of them."""

    def __init__(self, root, **known):
        self.paths, self.target = Paths(root), STACK
        self.known = {key.replace("__", ":"): value for key, value in known.items()}
        self.set = []

    def read_secret(self, key):
        return self.known.get(key)

    def set_secret(self, key, value):
        self.known[key] = value
        self.set.append(key)


def change(editor, name, monkeypatch, typed="", member=None):
    source = io.TextIOWrapper(io.BytesIO(typed.encode()))
    monkeypatch.setattr(sys, "stdin", source)
    found = rotations.find(STACK, name)
    assert isinstance(found.rotation, SecretRotation)
    wanted = Asked(member, timedelta(days=1), NONE, again=False, allow_gap=False, untried=False)
    return change_of(editor, found, found.rotation, wanted)


def test_the_value_before_is_kept_before_the_new_one_is_set(tmp_path, monkeypatch):
    editor = Editor(tmp_path, **{TOKEN: OLD})
    made = change(editor, "chittyconnect.connect-token", monkeypatch, NEW)
    assert editor.set == []

    made.write(editor)

    assert editor.set == [PREVIOUS, TOKEN]
    assert editor.known == {TOKEN: NEW, PREVIOUS: OLD}
    assert NEW not in repr(made)


def test_the_same_value_again_changes_nothing(tmp_path, monkeypatch):
    """Who runs it again after a crash has not lost the value before."""
    editor = Editor(tmp_path, **{TOKEN: NEW, PREVIOUS: OLD})
    made = change(editor, "chittyconnect.connect-token", monkeypatch, NEW)

    assert not made.is_new
    made.write(editor)
    assert editor.set == []


def test_a_crash_between_both_is_made_good(tmp_path, monkeypatch):
    editor = Editor(tmp_path, **{TOKEN: OLD, PREVIOUS: OLD})
    change(editor, "chittyconnect.connect-token", monkeypatch, NEW).write(editor)

    assert editor.known == {TOKEN: NEW, PREVIOUS: OLD}


def test_of_several_one_is_changed_and_the_others_stay(tmp_path, monkeypatch):
    listed = {"chittyid": OLD, "mailer": "t0ken-of-the-mailer-72"}
    editor = Editor(tmp_path, **{TOKENS: json.dumps(listed)})
    made = change(editor, "chittyconnect.connect-token", monkeypatch, NEW, "chittyid")
    made.write(editor)

    assert editor.set == [PREVIOUS_TOKENS, TOKENS]
    assert json.loads(editor.known[TOKENS]) == {**listed, "chittyid": NEW}
    assert json.loads(editor.known[PREVIOUS_TOKENS]) == {"chittyid": OLD}
    assert (made.value, made.member) == (NEW, "chittyid")


def test_what_has_one_value_has_none_for_somebody(tmp_path, monkeypatch):
    with pytest.raises(OpsError, match="credentials has no value for each of several; leave --for"):
        change(Editor(tmp_path), "onepassword_connect.credentials", monkeypatch, "x", "chittyid")


@pytest.mark.parametrize("member", [None, "chittyid"])
def test_what_the_configuration_would_refuse_is_not_written(tmp_path, monkeypatch, member):
    editor = Editor(tmp_path)
    with pytest.raises(OpsError, match=r"ONEPASSWORD_CONNECT_TOKENS?: .*nothing was written"):
        change(editor, "chittyconnect.connect-token", monkeypatch, " ", member)

    assert editor.set == []


def test_a_value_that_is_made_here_is_gone_on_with_until_it_is_everywhere(tmp_path, monkeypatch):
    editor = Editor(tmp_path)
    first = change(editor, "onepassword_connect.tunnel-token", monkeypatch)
    first.write(editor)
    again = change(editor, "onepassword_connect.tunnel-token", monkeypatch)
    note = note_of(
        editor.paths, STACK.name, rotations.find(STACK, "onepassword_connect.tunnel-token")
    )

    assert (again.value, again.is_new) == (first.value, False)
    assert first.value not in note.read_text()
    note.unlink()
    other = change(editor, "onepassword_connect.tunnel-token", monkeypatch)
    assert other.value != first.value


def test_the_names_of_tokens_of_the_platform_are_those_that_are_made():
    assert f"{gates.NAME}-token-" == PLATFORM_TOKENS


def test_credentials_are_checked_before_anything_is_written(tmp_path, monkeypatch):
    editor = SimpleNamespace(**vars(Editor(tmp_path)), read_secret=lambda _: None)
    with pytest.raises(OpsError, match=r"is not the content of a 1password-credentials.json"):
        change(editor, "onepassword_connect.credentials", monkeypatch, '{"a": "cAnArY"}')


def asked(**given):
    consent = Consent(**given)
    return Asked(None, timedelta(days=1), consent, again=False, allow_gap=False, untried=False)


def test_where_nobody_can_agree_nothing_is_begun(monkeypatch):
    monkeypatch.setattr(console, "can_ask", lambda: False)
    with pytest.raises(OpsError, match="no terminal to ask; add --yes; nothing was changed"):
        agree(STACK, asked())

    for given in ({"yes": True}, {"accept": "abc"}):
        agree(STACK, asked(**given))
    agree(Target("pr-7", "development", {}), asked())


def test_who_says_no_has_begun_nothing(monkeypatch):
    monkeypatch.setattr(console, "can_ask", lambda: True)
    monkeypatch.setattr(typer, "confirm", lambda _: False)
    with pytest.raises(OpsError, match="not agreed to; nothing was changed"):
        agree(STACK, asked())


def test_what_was_begun_is_said_with_the_command_that_goes_on():
    found = rotations.find(STACK, "onepassword_connect.tunnel-token")
    go_on = "python -m ops rotate production onepassword_connect.tunnel-token"
    with (
        pytest.raises(OpsError, match=rf"^the engine failed\n.*{go_on}$"),
        gone_on_with("production", found),
    ):
        raise OpsError("the engine failed")
