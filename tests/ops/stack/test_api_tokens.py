"""API tokens: known by their hash only, with the scopes and the end they were given."""

import bisect
import hashlib
import json
from datetime import UTC, datetime

import pytest

from ops.commands import tokens as tokens_cli
from ops.errors import OpsError
from ops.stack import api_tokens
from systems.chittyconnect.settings import SCOPES

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = "chittyconnect:API_TOKENS"
SYSTEM = "chittyconnect"


def made(name, scopes=SCOPES, days=None, now=NOW):
    value = api_tokens.new_value()
    return value, api_tokens.entry_of(
        value, name, scopes, SCOPES, ends=api_tokens.end_after(days, now)
    )


def test_the_entry_has_the_hash_and_not_the_token():
    value, entry = made("ci", ["sessions:read"], days=3)

    assert entry == {
        "id": "ci",
        "sha256": hashlib.sha256(value.encode()).hexdigest(),
        "scopes": ["sessions:read"],
        "expires": "2026-11-24T12:00:00+00:00",
    }
    assert value not in json.dumps(entry)


def test_every_token_is_another_and_long_enough():
    values = {made("ci")[0] for _ in range(50)}

    assert len(values) == 50
    assert all(len(value) >= 43 and value.startswith("chitty_") for value in values)


def test_a_token_has_every_scope_and_no_end_by_default():
    _, entry = made("ci")

    assert entry["scopes"] == list(SCOPES)
    assert entry["expires"] is None


@pytest.mark.parametrize("scopes", [[], ["sessions"], ["sessions:read", "admin"], [" "]])
def test_an_unknown_scope_is_refused_with_those_there_are(scopes):
    with pytest.raises(OpsError, match="a token takes any of sessions:read"):
        made("ci", scopes)


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "a/b"])
def test_an_id_that_logs_could_not_show_is_refused(name):
    with pytest.raises(OpsError, match="is no id of a token"):
        made(name)


def test_an_id_is_taken_once():
    _, entry = made("ci")

    with pytest.raises(OpsError, match="'ci' already"):
        api_tokens.add([entry], entry)


def test_only_the_named_token_is_revoked():
    entries = [made(name)[1] for name in ("a", "b")]

    assert api_tokens.remove(entries, "a") == entries[1:]
    with pytest.raises(OpsError, match="the tokens are: a, b"):
        api_tokens.remove(entries, "c")


@pytest.mark.parametrize("text", ["hunter2", "{}", "[1]"])
def test_a_broken_secret_is_said_without_its_value(text):
    with pytest.raises(OpsError) as raised:
        api_tokens.parse(text, KEY)
    assert text not in str(raised.value)


def test_an_end_that_has_passed_is_expired():
    _, entry = made("ci", now=datetime(2026, 11, 1, tzinfo=UTC), days=1)

    assert api_tokens.expired(entry, NOW)
    assert not api_tokens.expired(entry, datetime(2026, 11, 1, 12, tzinfo=UTC))
    assert not api_tokens.expired({"expires": None}, NOW)
    assert not api_tokens.expired({"expires": 1_900_000_000}, NOW)
    assert not api_tokens.expired({"expires": "soon"}, NOW)


def test_what_the_worker_would_refuse_is_not_written():
    many = [made(f"t{n}")[1] for n in range(500)]
    broken = [{**many[0], "expires": 1_900_000_000}]

    assert api_tokens.parse(api_tokens.written(many[:1], KEY, SCOPES), KEY) == [
        {key: value for key, value in many[0].items() if value is not None}
    ]
    with pytest.raises(
        OpsError, match=r"API_TOKENS takes .* of the 500 tokens.* nothing was written"
    ):
        api_tokens.written(many, KEY, SCOPES)
    with pytest.raises(OpsError, match=r"API_TOKENS token \[0\]\.expires is wrong"):
        api_tokens.written(broken, KEY, SCOPES)


def test_a_token_may_be_bound_to_owners():
    """Decision 14: it reaches their data and no others'."""
    entry = api_tokens.entry_of(
        "v", "ci", SCOPES, SCOPES, owners=["CHITTY-1", "CHITTY-2", "CHITTY-1"]
    )

    assert entry["owners"] == ["CHITTY-1", "CHITTY-2"]
    assert json.loads(api_tokens.written([entry], KEY, SCOPES))[0]["owners"] == [
        "CHITTY-1",
        "CHITTY-2",
    ]
    assert "owners" not in made("ci")[1]


def test_an_owner_whom_no_document_can_have_is_refused():
    entry = api_tokens.entry_of("v", "ci", SCOPES, SCOPES, owners=["a b"])

    with pytest.raises(OpsError, match=r"API_TOKENS token \[0\]\.owners is wrong"):
        api_tokens.written([entry], KEY, SCOPES)


class Editor:
    """A stack whose secret is in memory."""

    def __init__(self, entries):
        self.secret = json.dumps(entries)

    def read_secret(self, _key):
        return self.secret

    def set_secret(self, _key, value):
        self.secret = value


def _fits(entries):
    try:
        return api_tokens.written(entries, KEY, SCOPES)
    except OpsError:
        return ""


@pytest.fixture
def full(monkeypatch):
    """Give a stack whose list of tokens has no place for another."""
    known = [{**made(f"t{n:03}")[1], "expires": "9999-01-01T00:00:00Z"} for n in range(500)]
    most = bisect.bisect(range(len(known)), x=False, key=lambda n: not _fits(known[:n])) - 1
    editor = Editor(known[:most])
    monkeypatch.setattr(tokens_cli, "open_editor", lambda *_: editor)
    return editor


def test_one_token_too_many_is_refused_before_it_is_written_and_fits_after_a_revocation(full):
    before = full.secret
    count = len(json.loads(before))
    with pytest.raises(OpsError, match=f"revoke some of the {count + 1} tokens"):
        tokens_cli.issue("development", "new", system=SYSTEM)
    assert full.secret == before

    tokens_cli.revoke("development", "t000", system=SYSTEM)
    tokens_cli.revoke("development", "t001", system=SYSTEM)
    tokens_cli.issue("development", "new", system=SYSTEM)
    assert json.loads(full.secret)[-1]["id"] == "new"


def test_the_command_binds_a_token_and_the_list_shows_to_whom(full, capsys):
    full.secret = "[]"

    tokens_cli.issue("development", "bound", owner=["CHITTY-1"], system=SYSTEM)
    tokens_cli.issue("development", "free", system=SYSTEM)

    bound, free = json.loads(full.secret)
    assert bound["owners"] == ["CHITTY-1"]
    assert "owners" not in free
    tokens_cli.list_tokens("development", system=SYSTEM)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert next(row for row in rows if row and row[0] == "bound").count("CHITTY-1") == 1
    assert "everybody" in next(row for row in rows if row and row[0] == "free")
