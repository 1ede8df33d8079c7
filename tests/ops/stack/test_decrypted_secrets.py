"""Secrets for what a command sends: from the program where it has run, else by one call."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from config.platform_config import Block
from config.reading import references
from ops.errors import OpsError
from ops.stack import decrypted_secrets
from ops.stack.target import Target
from planning.refusals import RefusedError


class Secrets(BaseModel):
    ADMIN_TOKEN: SecretStr
    OTHER: SecretStr | None = None


@pytest.fixture
def session() -> Any:
    """Give a session whose program has not run."""
    return SimpleNamespace(
        target=Target("staging", "staging", {}),
        paths=SimpleNamespace(root="."),
        tools=SimpleNamespace(engine=SimpleNamespace(path="pulumi")),
        configuration=None,
    )


def answers(monkeypatch, values):
    """Let the engine decrypt *values*; return how often it was asked."""
    asked = []

    def pulumi(_engine, arguments, **_):
        asked.append(arguments)
        return json.dumps({key: {"value": value, "secret": True} for key, value in values.items()})

    monkeypatch.setattr(decrypted_secrets, "pulumi", pulumi)
    return asked


def test_a_program_that_has_run_knows_the_secrets(session, monkeypatch):
    asked = answers(monkeypatch, {})
    block = Block(settings=None, secrets=Secrets(ADMIN_TOKEN=SecretStr("known")))
    session.configuration = SimpleNamespace(blocks={"chittyid": block})
    read = decrypted_secrets.secrets_of(session)

    assert read("chittyid:ADMIN_TOKEN") == "known"
    assert [read(f"chittyid:{name}") for name in ("OTHER", "NOBODY")] == [None, None]
    assert read("nobody:ADMIN_TOKEN") is None
    assert asked == []


def test_however_many_secrets_are_read_the_engine_is_asked_once(session, monkeypatch):
    asked = answers(monkeypatch, {"chittyid:ADMIN_TOKEN": "one", "chittyid:OTHER": "two"})
    read = decrypted_secrets.secrets_of(session)

    assert [read("chittyid:ADMIN_TOKEN"), read("chittyid:OTHER")] == ["one", "two"]
    assert read("chittyid:NOBODY") is None
    assert asked == [["config", "--show-secrets", "--json", "--stack", "staging"]]


def test_the_engine_is_not_asked_where_no_secret_is_read(session, monkeypatch):
    asked = answers(monkeypatch, {})

    decrypted_secrets.secrets_of(session)

    assert asked == []


def test_secrets_that_cannot_be_decrypted_here_are_none(session, monkeypatch):
    def fail(*_, **__):
        raise OpsError("pulumi config failed: incorrect passphrase")

    monkeypatch.setattr(decrypted_secrets, "pulumi", fail)

    assert decrypted_secrets.secrets_of(session)("chittyid:ADMIN_TOKEN") is None


def test_a_reference_is_followed_and_one_that_leads_nowhere_is_none(session, monkeypatch):
    answers(monkeypatch, {"a:GOOD": "op://vault/good/field", "a:BAD": "op://vault/bad/field"})

    def resolve(reference):
        if "bad" in reference:
            raise RefusedError("the item does not exist")
        return "resolved"

    monkeypatch.setattr(references, "resolve", resolve)
    read = decrypted_secrets.secrets_of(session)

    assert [read("a:GOOD"), read("a:BAD")] == ["resolved", None]
