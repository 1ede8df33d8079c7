"""A value is read hidden or from standard input, and never from an argument."""

import getpass
import io
import json
import sys

import pytest

from config.reading.secret_values import check_secret
from ops.commands import secret
from ops.errors import OpsError
from ops.run.consent import DeclinedError
from ops.terminal.interrupts import Interrupted
from planning.refusals import RefusedError
from systems.chittyconnect.settings import ChittyConnectSecrets

NAME = "chittyconnect.CHITTYID_SERVICE_TOKEN"
VALUE = "qUiet-0tter-71-in-the-reeds"


class Editor:
    """Remembers what was set."""

    def __init__(self):
        self.set = {}

    def set_secret(self, key, value):
        self.set[key] = value


@pytest.fixture
def editor(monkeypatch):
    made = Editor()
    monkeypatch.setattr(secret, "open_editor", lambda *_: made)
    return made


def typed(monkeypatch, content, *, terminal=False):
    stream = io.TextIOWrapper(io.BytesIO(content))
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stdin", stream)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_what_is_piped_is_the_value_without_the_end_of_its_line(editor, monkeypatch, end):
    typed(monkeypatch, VALUE.encode() + end)
    secret.set_secret("development", NAME)

    assert editor.set == {"chittyconnect:CHITTYID_SERVICE_TOKEN": VALUE}


def test_ctrl_c_where_it_is_asked_for_sets_nothing(editor, monkeypatch):
    def press(_):
        raise Interrupted

    typed(monkeypatch, b"", terminal=True)
    monkeypatch.setattr(getpass, "getpass", press)
    with pytest.raises(DeclinedError, match=r"^interrupted; nothing was changed$"):
        secret.set_secret("development", NAME)

    assert editor.set == {}


def test_the_longest_list_of_tokens_is_read_whole_however_it_is_written(editor, monkeypatch):
    listed = [
        {"id": f"token-{number:03}", "sha256": f"{number:064}", "scopes": ["sessions:read"]}
        for number in range(600)
    ]
    typed(monkeypatch, json.dumps(listed, indent=4).encode())
    secret.set_secret("development", "chittyconnect.API_TOKENS")

    assert json.loads(editor.set["chittyconnect:API_TOKENS"]) == listed


def test_a_terminal_is_asked_without_an_echo(editor, monkeypatch):
    asked = []

    def answer(prompt):
        asked.append(prompt)
        return VALUE

    typed(monkeypatch, b"", terminal=True)
    monkeypatch.setattr(getpass, "getpass", answer)
    secret.set_secret("development", NAME)

    assert asked == [f"{NAME} (hidden): "]
    assert list(editor.set.values()) == [VALUE]


WRONG = {
    "nothing": (b"", "is empty"),
    "a blank": (b" \n", "is empty"),
    "two lines": (VALUE.encode() + b"\n\n", "has white space around it"),
    "a weak one": (b"hunter2", "is a word that everybody tries first"),
    "a placeholder": (b"YOUR_TOKEN_HERE", "is a placeholder"),
    "Latin-1": (b"\xe9" * 20, "is no UTF-8"),
    "far too much": (b"qUiet-0tter" * 100_000, "bytes and a variable or secret"),
    "no reference": (b"op://vault", "is no reference"),
}


@pytest.mark.parametrize(("content", "said"), WRONG.values(), ids=WRONG)
def test_what_the_model_refuses_is_not_written(editor, monkeypatch, content, said):
    typed(monkeypatch, content)
    with pytest.raises(OpsError, match=said) as raised:
        secret.set_secret("development", NAME)

    assert "nothing was written" in str(raised.value)
    assert "hunter2" not in str(raised.value)
    assert editor.set == {}


def test_the_end_of_a_terminal_is_nothing_typed(editor, monkeypatch):
    def ended(_prompt):
        raise EOFError

    typed(monkeypatch, b"", terminal=True)
    monkeypatch.setattr(getpass, "getpass", ended)
    with pytest.raises(OpsError, match="is empty"):
        secret.set_secret("development", NAME)

    assert editor.set == {}


@pytest.mark.parametrize("name", ["CHITTYID_SERVICE_TOKEN", "chittyconnect", "tiny.SALT", "a.b.c"])
def test_a_secret_that_is_none_is_said_before_a_value_is_read(monkeypatch, name):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(OpsError, match=f"has no secret {name}; it has: chittyconnect.API_TOKENS"):
        secret.set_secret("development", name)


def test_what_is_checked_is_what_the_worker_reads():
    for value in ("0123456789abcdef" * 2, "op://vault/item/field"):
        assert check_secret(ChittyConnectSecrets, "R2_ACCESS_KEY_ID", value) == value
    with pytest.raises(RefusedError, match="is not JSON"):
        check_secret(ChittyConnectSecrets, "API_TOKENS", "x")
