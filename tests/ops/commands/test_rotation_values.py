"""What a rotation writes, in which order, and what it goes on with (OP-3, OP-4)."""

import io
import json
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
import typer

from config.reading import references
from ops.commands.rotations.new_value import change_of, check_member, followed
from ops.commands.rotations.rotation_request import Asked, agree, gone_on_with, taken_back
from ops.commands.rotations.value_notes import note_of
from ops.errors import OpsError
from ops.paths import Paths
from ops.run.consent import NONE, UNTOUCHED, Consent, DeclinedError
from ops.stack import rotations
from ops.stack.target import Target
from ops.terminal import console
from planning.refusals import RefusedError
from systems import access_registry
from systems.rotations import PLATFORM_TOKENS, SecretRotation

ITEM = "op://vault/connect/tokens"
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


def asked(consent=NONE, **given):
    options = {"member": None, "again": False, "allow_gap": False, "untried": False, **given}
    return Asked(overlap=timedelta(days=1), given=consent, **options)


def change(editor, name, monkeypatch, typed="", **given):
    source = io.TextIOWrapper(io.BytesIO(typed.encode()))
    monkeypatch.setattr(sys, "stdin", source)
    found = rotations.find(STACK, name)
    assert isinstance(found.rotation, SecretRotation)
    everywhere = given.pop("everywhere", False)
    wanted = asked(**given)
    return change_of(editor, found, found.rotation, wanted, is_everywhere=lambda: everywhere)


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
    made = change(editor, "chittyconnect.connect-token", monkeypatch, NEW, member="chittyid")
    made.write(editor)

    assert editor.set == [PREVIOUS_TOKENS, TOKENS]
    assert json.loads(editor.known[TOKENS]) == {**listed, "chittyid": NEW}
    assert json.loads(editor.known[PREVIOUS_TOKENS]) == {"chittyid": OLD}
    assert (made.value, made.member) == (NEW, "chittyid")


def test_what_has_one_value_has_none_for_somebody(tmp_path, monkeypatch):
    with pytest.raises(OpsError, match="credentials has no value for each of several; leave --for"):
        change(
            Editor(tmp_path), "onepassword_connect.credentials", monkeypatch, "x", member="chittyid"
        )


@pytest.mark.parametrize("member", ["chittid", ""])
def test_whoever_the_configuration_does_not_list_gets_no_token(member):
    """OP-3: else the next up would be refused, with the token in the configuration."""
    rotation = rotations.find(STACK, "chittyconnect.connect-token").rotation
    assert isinstance(rotation, SecretRotation)
    settings = SimpleNamespace(credentials=SimpleNamespace(services={"chittyid": 1, "mailer": 2}))

    with pytest.raises(OpsError, match=r"^--for .*there are: chittyid, mailer; .*nothing was"):
        check_member(rotation, settings, member)
    for listed in ("mailer", None):
        check_member(rotation, settings, listed)


@pytest.fixture
def item(monkeypatch):
    """Have an item of 1Password with the tokens of services; all others cannot be read."""

    def resolve(reference):
        if reference != ITEM:
            raise RefusedError(f"{reference!r} is read by 1Password's command line tool")
        return json.dumps({"chittyid": OLD})

    monkeypatch.setattr(references, "resolve", resolve)


@pytest.mark.usefixtures("item")
def test_tokens_that_1password_keeps_are_read_there_and_changed_there(tmp_path, monkeypatch):
    editor = Editor(tmp_path, **{TOKENS: ITEM})
    same = change(editor, "chittyconnect.connect-token", monkeypatch, OLD, member="chittyid")

    assert (same.value, same.is_new) == (OLD, False)
    with pytest.raises(OpsError, match=f"is kept as {ITEM}: put .* there, .*nothing was written"):
        change(editor, "chittyconnect.connect-token", monkeypatch, NEW, member="chittyid")
    assert editor.set == []


@pytest.mark.usefixtures("item")
def test_a_reference_is_followed_before_it_is_tried(tmp_path, monkeypatch):
    assert [followed(ITEM), followed(NEW)] == [json.dumps({"chittyid": OLD}), NEW]
    with pytest.raises(OpsError, match=r"^not readable here: 'op://.*nothing was written$"):
        followed("op://vault/item/other")
    editor = Editor(tmp_path, **{TOKENS: "op://vault/item/other"})
    with pytest.raises(OpsError, match=r"^not readable here: "):
        change(editor, "chittyconnect.connect-token", monkeypatch, NEW, member="chittyid")
    with pytest.raises(OpsError, match="one of several values is no reference"):
        change(editor, "chittyconnect.connect-token", monkeypatch, ITEM, member="chittyid")


@pytest.mark.parametrize("member", [None, "chittyid"])
def test_what_the_configuration_would_refuse_is_not_written(tmp_path, monkeypatch, member):
    editor = Editor(tmp_path)
    with pytest.raises(OpsError, match=r"ONEPASSWORD_CONNECT_TOKENS?: .*nothing was written"):
        change(editor, "chittyconnect.connect-token", monkeypatch, " ", member=member)

    assert editor.set == []


TUNNEL_TOKEN = "onepassword_connect.tunnel-token"
FOUND = rotations.find(STACK, TUNNEL_TOKEN)


def test_a_value_that_is_made_here_is_gone_on_with_until_it_is_everywhere(
    tmp_path, monkeypatch, capsys
):
    editor = Editor(tmp_path)
    first = change(editor, TUNNEL_TOKEN, monkeypatch)
    first.write(editor)
    again = change(editor, TUNNEL_TOKEN, monkeypatch)
    note = note_of(editor.paths, STACK.name, FOUND)

    assert (again.value, again.is_new) == (first.value, False)
    assert f"goes on with the value begun at {note.begun(first.value)};" in capsys.readouterr().out
    assert first.value not in note.file.read_text()
    note.end()
    assert change(editor, TUNNEL_TOKEN, monkeypatch).value != first.value


@pytest.mark.parametrize("why", ["everywhere", "again", "set by hand"])
def test_a_note_that_was_left_over_does_not_keep_the_value(tmp_path, monkeypatch, why):
    """OP-4: the command ended between the last `up` and the end of the note, or it is asked for."""
    editor = Editor(tmp_path)
    first = change(editor, TUNNEL_TOKEN, monkeypatch)
    first.write(editor)
    if why == "set by hand":
        editor.known[TUNNEL] = "a-secret-of-somebody-else"
    options = {} if why == "set by hand" else {why: True}
    other = change(editor, TUNNEL_TOKEN, monkeypatch, **options)

    assert other.is_new
    assert other.value not in {first.value, editor.known[TUNNEL]}


def test_the_names_of_tokens_of_the_platform_are_those_that_are_made():
    assert f"{access_registry.NAME}-token-" == PLATFORM_TOKENS


def test_credentials_are_checked_before_anything_is_written(tmp_path, monkeypatch):
    editor = SimpleNamespace(**vars(Editor(tmp_path)), read_secret=lambda _: None)
    with pytest.raises(OpsError, match=r"is not the content of a 1password-credentials.json"):
        change(editor, "onepassword_connect.credentials", monkeypatch, '{"a": "cAnArY"}')


def test_where_nobody_can_agree_nothing_is_begun(monkeypatch):
    monkeypatch.setattr(console, "can_ask", lambda: False)
    with pytest.raises(OpsError, match="no terminal to ask; add --yes; nothing was changed"):
        agree(STACK, asked())

    for given in ({"yes": True}, {"accept": "abc"}):
        agree(STACK, asked(Consent(**given)))
    agree(Target("pr-7", "development", {}), asked())


def test_who_says_no_has_begun_nothing(monkeypatch):
    monkeypatch.setattr(console, "can_ask", lambda: True)
    monkeypatch.setattr(typer, "confirm", lambda _: False)
    with pytest.raises(OpsError, match="not agreed to; nothing was changed"):
        agree(STACK, asked())


WITH_OPTIONS = {
    "consent": Consent(yes=True, accept="abc"),
    "member": "a b",
    "again": True,
    "allow_gap": True,
    "untried": True,
}


@pytest.mark.parametrize(
    ("given", "options"),
    [({}, ""), (WITH_OPTIONS, " --for 'a b' --allow-gap --untried --yes")],
)
def test_what_was_begun_is_said_with_the_command_that_goes_on(given, options):
    """OP-3: with the options that it was given, or it would be refused."""
    go_on = f"python -m ops rotate production {TUNNEL_TOKEN}{options}"
    with pytest.raises(OpsError) as raised, gone_on_with("production", FOUND, asked(**given)):
        raise OpsError(f"no terminal to ask; {UNTOUCHED}")

    assert str(raised.value).startswith("no terminal to ask; no resource was changed\n")
    assert "the configuration keeps what was written for it" in str(raised.value)
    assert str(raised.value).endswith(go_on)


@pytest.fixture
def began(tmp_path):
    """Have a stack that a rotation writes to; return what it is taken back with, and its files."""
    paths = Paths(tmp_path)
    note = note_of(paths, STACK.name, FOUND)
    tracked = paths.tracked(STACK.name)
    tracked.write_text("before")
    return lambda: taken_back(paths, STACK, note.file), tracked, note


def rotated(began, ended, meanwhile="after"):
    """Write what a rotation writes, let *meanwhile* happen to the file, and end as *ended* says."""
    begin, tracked, note = began
    with begin() as written, gone_on_with("production", FOUND, asked()):
        tracked.write_text("after")
        note.begin(NEW)
        written()
        tracked.write_text(meanwhile)
        raise ended


@pytest.mark.parametrize("refusal", [DeclinedError(), typer.Abort()])
def test_who_declines_the_plan_finds_the_configuration_as_it_was(began, refusal):
    """OP-3: else the next up would change what somebody has said no to."""
    with pytest.raises(OpsError, match=r"yaml is as it was; nothing was changed in production$"):
        rotated(began, refusal)

    _, tracked, note = began
    assert tracked.read_text() == "before"
    assert not note.file.exists()


def test_what_somebody_else_wrote_meanwhile_is_kept(began):
    with pytest.raises(OpsError, match=r"by somebody else meanwhile and keeps the rotation"):
        rotated(began, DeclinedError(), meanwhile="of somebody else")

    assert began[1].read_text() == "of somebody else"


def test_what_stops_it_otherwise_leaves_what_was_written(began):
    with pytest.raises(OpsError, match=r"^the engine failed\nthe rotation was begun"):
        rotated(began, OpsError("the engine failed"))

    assert began[1].read_text() == "after"
