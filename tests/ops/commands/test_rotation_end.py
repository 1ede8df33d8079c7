"""How the rotation of a secret ends: what was checked, and what to run next (OP-3, OP-4)."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import typer

from ops.commands.rotations import rotation_steps, secret_checks
from ops.commands.rotations.new_value import Change
from ops.commands.rotations.rotation_request import OVERLAP, Asked, agree
from ops.commands.rotations.value_notes import note_of
from ops.errors import OpsError
from ops.paths import Paths
from ops.run.consent import Consent, DeclinedError
from ops.stack import rotations, state
from ops.stack.rotations import Presenter
from ops.stack.target import Target
from ops.terminal import console
from ops.terminal.interrupts import Interrupted
from systems.chittyconnect.first_read import CHAIN
from systems.rotations import SecretRotation

STACK = Target("production", "production", {})
FOUND = rotations.find(STACK, "onepassword_connect.tunnel-token")
VALUE = "made-here-76"


@pytest.fixture
def rotate(tmp_path, monkeypatch):
    """Rotate the token of a tunnel in a stack that `reader` reads from; say what is broken."""
    paths = Paths(tmp_path)
    paths.tracked(STACK.name).write_text("before")
    note = note_of(paths, STACK.name, FOUND)
    made = SimpleNamespace(note=note, faults=[], ups=[])
    change = Change("TUNNEL_SECRET", VALUE, {"k": VALUE}, note=note)
    editor = SimpleNamespace(set_secret=lambda *_: None)
    reader = Presenter("reader", "chittyconnect", CHAIN)

    def open_session(_, name):
        return SimpleNamespace(paths=paths, target=Target(name, "production", {}))

    def secret(*, untried=False):
        assert isinstance(FOUND.rotation, SecretRotation)
        given = Consent(yes=True)
        asked = Asked(None, timedelta(1), given, again=False, allow_gap=True, untried=untried)
        rotation_steps.secret(paths, STACK.name, FOUND, FOUND.rotation, asked)

    for module in (rotation_steps, secret_checks):
        monkeypatch.setattr(module, "open_session", open_session)
    monkeypatch.setattr(rotation_steps, "_check_options", lambda *_: None)
    monkeypatch.setattr(rotation_steps, "open_editor", lambda *_: editor)
    monkeypatch.setattr(rotation_steps, "change_of", lambda *_, **__: change)
    monkeypatch.setattr(rotation_steps, "is_tried", lambda *_: False)
    monkeypatch.setattr(rotation_steps, "_readers", lambda *_: [reader])
    monkeypatch.setattr(
        rotation_steps, "bring_up", lambda session, _: made.ups.append(session.target.name)
    )
    monkeypatch.setattr(secret_checks, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(secret_checks, "go_through", lambda *_: made.faults)
    monkeypatch.setattr(state, "resources", lambda _: [{}])
    made.secret = secret
    return made


def test_a_rotation_after_which_nothing_reads_is_not_to_be_run_again(rotate, capsys):
    """OP-4: it has ended, so that the same command would make another value, and a second gap."""
    rotate.faults = ["chittyconnect: tunnel has no connection"]
    with pytest.raises(OpsError) as raised:
        rotate.secret()

    said = str(raised.value)
    assert said.startswith("rotated, but what reads by it does not work:\nchittyconnect: tunnel")
    assert said.endswith("check it with: python -m ops verify reader --strict")
    assert "ops rotate" not in said
    assert not rotate.note.file.exists()
    assert "commit Pulumi.production.yaml" in capsys.readouterr().out


def test_a_rotation_that_stops_before_its_end_is_gone_on_with(rotate, monkeypatch):
    def fail(*_):
        raise OpsError("the engine failed")

    monkeypatch.setattr(rotation_steps, "bring_up", fail)
    with pytest.raises(OpsError, match=r"go on with it: python -m ops rotate production onepass"):
        rotate.secret()

    assert rotate.note.file.exists()


def press(*_):
    raise Interrupted


def test_ctrl_c_before_anything_is_written_is_a_no(monkeypatch):
    monkeypatch.setattr(console, "can_ask", lambda: True)
    monkeypatch.setattr(typer, "confirm", press)
    asked = Asked(None, OVERLAP, Consent(), again=False, allow_gap=False, untried=False)

    with pytest.raises(DeclinedError, match=r"^interrupted; nothing was changed$"):
        agree(STACK, asked)


def test_ctrl_c_on_the_way_says_how_to_go_on(rotate, monkeypatch):
    """OP-4: what was written stays, as after any other end on the way."""
    monkeypatch.setattr(rotation_steps, "bring_up", press)
    with pytest.raises(Interrupted) as raised:
        rotate.secret()

    assert str(raised.value).startswith("interrupted; the rotation was begun, and the config")
    assert " rotate production onepassword_connect.tunnel-token " in str(raised.value)
    assert rotate.note.file.exists()


def test_ctrl_c_at_the_last_check_does_not_say_to_rotate_again(rotate, monkeypatch):
    monkeypatch.setattr(secret_checks, "go_through", press)
    with pytest.raises(Interrupted) as raised:
        rotate.secret()

    again = "python -m ops verify reader --strict"
    assert str(raised.value) == f"rotated, and not checked; check it with: {again}"


@pytest.mark.parametrize(("untried", "why"), [(True, "--untried reads"), (False, "no stack of")])
def test_why_nothing_was_read_by_it_is_said_as_it_is(rotate, monkeypatch, capsys, untried, why):
    """OP-3: with --untried a stack may be up that reads by it, and was not asked."""
    monkeypatch.setattr(state, "resources", lambda _: [])
    rotate.secret(untried=untried)

    said = capsys.readouterr().out
    assert f"not checked: {why}" in said
    assert said.count("ops verify STACK --strict") == 1
