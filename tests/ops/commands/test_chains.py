"""The chains of a stack are gone through with what was read of its state once (OP-5)."""

from types import SimpleNamespace
from typing import Any

import pytest

from ops.commands import chains
from ops.stack import effective_config, state
from systems.chains import Chain

HOST = {"system": "host", "host": "c.example", "url": "https://c.example", "service_token": "t"}
RESOURCES: list[dict[str, Any]] = [{"urn": "of the stack"}]


@pytest.fixture
def stack(monkeypatch):
    """Have a stack with two systems that lead to its own host; count how often it is read."""
    names = ("one", "two")
    seen = SimpleNamespace(reads=0, judged=[], opened=[])
    chain = Chain("a secret", "url", "", "", "", "", links=lambda *_: iter(()))
    target = SimpleNamespace(local=False, setting=lambda _: HOST["url"])
    blocks = {name: SimpleNamespace(settings=None) for name in names}

    def read(_):
        seen.reads += 1
        return RESOURCES

    def addresses(resources):
        seen.judged.append(resources)
        return [HOST]

    def door(address):
        seen.opened.append(address["host"])
        return {"let": "in"}

    systems = [SimpleNamespace(name=name, chain=chain) for name in names]
    checked = SimpleNamespace(blocks=blocks)
    monkeypatch.setattr(chains, "systems_of", lambda _: systems)
    monkeypatch.setattr(chains, "secrets_of", lambda _: lambda _: None)
    monkeypatch.setattr(chains, "door_of", lambda _: door)
    monkeypatch.setattr(effective_config, "check", lambda *_: checked)
    monkeypatch.setattr(state, "resources", read)
    monkeypatch.setattr(state, "addresses", addresses)
    seen.session = SimpleNamespace(paths=None, target=target)
    return seen


def test_a_state_that_was_read_is_not_read_again(stack):
    given: list[dict[str, Any]] = [{"urn": "read before"}]
    found = chains.passages(stack.session, given, lambda address: {"for": address["host"]})

    assert [each.door() for each in found] == [{"for": "c.example"}] * 2
    assert (stack.reads, stack.judged, stack.opened) == (0, [given] * 2, [])


def test_a_state_that_was_not_read_is_read_once_and_when_it_is_needed(stack):
    found = chains.passages(stack.session)
    assert stack.reads == 0

    assert [each.door() for each in found] == [{"let": "in"}] * 2
    assert (stack.reads, stack.opened) == (1, ["c.example"] * 2)
