"""A service token's new secret that the state never got is made anew, and never taken for it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from ops.commands.rotations import rotation_steps, token_hand_over
from ops.commands.rotations.rotation_request import Asked
from ops.commands.rotations.value_notes import note_of
from ops.errors import OpsError
from ops.paths import Paths
from ops.run.consent import NONE, DeclinedError
from ops.stack import rotations
from ops.stack.target import Target
from planning.token_rotation import Turn

FOUND, ROTATION = rotations.find_token(
    Target("host", "production", {}), "onepassword_connect.service-token"
)
TURN = Turn(2, datetime.now(UTC) + timedelta(hours=5))
FORMER, NEW = "former-half-73", "new-half-74"


@pytest.fixture
def stack(tmp_path, monkeypatch):
    """Have a stack whose state has a secret; each `up` by another version makes another one."""
    made = SimpleNamespace(paths=Paths(tmp_path), value=FORMER, written=[], ups=0)

    def bring_up(*_):
        made.ups += 1
        made.value = NEW

    editor = SimpleNamespace(set_values=made.written.append)
    monkeypatch.setattr(rotation_steps, "bring_up", bring_up)
    monkeypatch.setattr(rotation_steps, "open_editor", lambda *_: editor)
    monkeypatch.setattr(rotation_steps, "open_session", lambda *_: None)
    monkeypatch.setattr(
        rotation_steps, "read_target", lambda _, name: Target(name, "production", {})
    )
    monkeypatch.setattr(token_hand_over, "read", lambda *_: ("id", made.value))
    note_of(made.paths, "host", FOUND).begin(FORMER)
    return made


def turned(stack, *, allow_gap):
    asked = Asked(None, timedelta(days=1), NONE, again=False, allow_gap=allow_gap, untried=False)
    return rotation_steps._without_loss(stack.paths, "host", FOUND, ROTATION, TURN, asked)


def test_a_secret_that_the_state_has_is_the_one_that_is_handed_over(stack):
    stack.value = NEW

    assert turned(stack, allow_gap=False) == TURN
    assert (stack.written, stack.ups) == ([], 0)


def test_the_secret_before_it_is_not_handed_over_as_if_it_were_new(stack):
    """OP-5: it is taken until the overlap ends, and nobody would be let in a day later."""
    with pytest.raises(OpsError, match=r"^secret 2 was made, and its value is lost: .*--allow-gap"):
        turned(stack, allow_gap=False)
    assert (stack.written, stack.ups) == ([], 0)


def test_another_one_is_made_where_a_gap_is_agreed_to(stack):
    assert turned(stack, allow_gap=True).version == TURN.version + 1
    (values,) = stack.written
    assert values["onepassword_connect:service_token.secret_version"] == "3"
    assert stack.ups == 1
    assert turned(stack, allow_gap=False) == TURN


def test_who_declines_another_one_keeps_the_turn_that_was_brought_up(stack, monkeypatch):
    """OP-5: else the next up would end the present secret, which somebody has said no to."""
    tracked = stack.paths.tracked("host")
    tracked.write_text("secret 2")

    def decline(*_):
        assert tracked.read_text() == "secret 3"
        raise DeclinedError

    editor = SimpleNamespace(set_values=lambda _: tracked.write_text("secret 3"))
    monkeypatch.setattr(rotation_steps, "open_editor", lambda *_: editor)
    monkeypatch.setattr(rotation_steps, "bring_up", decline)
    with pytest.raises(OpsError, match=r"^not agreed to; Pulumi.host.yaml is as it was; "):
        turned(stack, allow_gap=True)

    assert tracked.read_text() == "secret 2"
