"""A service token is handed to nobody who does not lead to what it opens, and shown to nobody."""

import sys
from types import SimpleNamespace

import pytest

from ops.commands import service_token
from ops.commands.rotations import token_hand_over
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.rotations import Presenter
from systems.chains import Chain

TOKEN = "onepassword_connect.service-token"
CANARY = "cAnArY-half-74"


@pytest.mark.parametrize("to", [None, "production"])
def test_where_nothing_leads_to_its_host_nothing_is_opened(to):
    named = to or "a stack here"
    with pytest.raises(
        OpsError, match=f"no system of {named} leads to the host of {TOKEN}; .*: none"
    ):
        service_token.copy("development", TOKEN, to)


def test_its_secret_is_shown_on_a_terminal_alone(monkeypatch):
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: False))
    with pytest.raises(OpsError, match="on a terminal alone, and this is none; nothing was shown"):
        service_token.show("development", TOKEN, secret=True)


def test_what_is_handed_over_already_is_not_written_again(monkeypatch, capsys):
    known = {"s:ID": "id-73", "s:SECRET": "before"}
    written = []

    def write(key, value):
        written.append((key, value))
        known[key] = value

    editor = SimpleNamespace(read_secret=known.get, set_secret=write)
    monkeypatch.setattr(token_hand_over, "open_editor", lambda *_: editor)
    presenter = Presenter(
        "p", "s", Chain("", "", "", "", "ID", "SECRET", links=lambda *_: iter(()))
    )
    for _ in range(2):
        token_hand_over.write(Paths(), [presenter], ("id-73", CANARY))

    assert written == [("s:SECRET", CANARY)]
    assert CANARY not in "".join(capsys.readouterr())
