"""The service token of a stack, out of its sealed state: sent to who asks for it, shown nowhere."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from ops.errors import OpsError
from ops.stack import service_tokens
from ops.stack.target import Target

SIGNATURE = "4dabf18193072939515e22adb298388d"
CANARY = "cAnArY-d00r"
ADDRESS = {"system": "c", "url": "https://c.example", "check": "/", "service_token": "c-token"}


@pytest.fixture
def session() -> Any:
    return SimpleNamespace(
        target=Target("staging", "staging", {}),
        paths=SimpleNamespace(root="."),
        tools=SimpleNamespace(engine=SimpleNamespace(path="pulumi")),
    )


def state(monkeypatch, outputs, name="c-token"):
    """Let the state have a token with *outputs*; return the commands that asked for it."""
    asked = []
    urn = f"urn:pulumi:staging::chittyos::cloudflare:index/x:Token::{name}"

    def pulumi(_engine, arguments, **_):
        asked.append(arguments)
        return json.dumps({"deployment": {"resources": [{"urn": urn, "outputs": outputs}]}})

    monkeypatch.setattr(service_tokens, "pulumi", pulumi)
    return asked


def sealed(text):
    return {SIGNATURE: "secret", "plaintext": json.dumps(text)}


def test_both_headers_come_out_of_the_state(session, monkeypatch):
    state(monkeypatch, {"clientId": "id.access", "clientSecret": sealed(CANARY)})

    assert service_tokens.door_of(session)(ADDRESS) == {
        "CF-Access-Client-Id": "id.access",
        "CF-Access-Client-Secret": CANARY,
    }


def test_an_address_without_a_door_asks_nothing_of_the_engine(session, monkeypatch):
    asked = state(monkeypatch, {})
    door = service_tokens.door_of(session)

    assert door({"system": "c", "url": "https://c.example", "check": "/"}) == {}
    assert asked == []


def test_the_state_is_opened_once(session, monkeypatch):
    asked = state(monkeypatch, {"clientId": "id", "clientSecret": sealed(CANARY)})
    door = service_tokens.door_of(session)
    door(ADDRESS)
    door(ADDRESS)

    assert asked == [["stack", "export", "--show-secrets", "--stack", "staging"]]


@pytest.mark.parametrize(
    ("outputs", "name"),
    [({}, "c-token"), ({"clientId": "id", "clientSecret": {SIGNATURE: "x"}}, "c-token"), ({}, "o")],
)
def test_a_token_that_is_not_there_is_said_by_its_name_alone(session, monkeypatch, outputs, name):
    state(monkeypatch, outputs, name)
    with pytest.raises(OpsError, match=r"no service token c-token that can be opened; run up"):
        service_tokens.door_of(session)(ADDRESS)
