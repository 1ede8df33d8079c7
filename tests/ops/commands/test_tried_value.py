"""A new value is tried as it will be sent: of a reference, the secret that it names (OP-4)."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from ops.commands.rotations import checks
from ops.commands.rotations.new_value import Change
from ops.errors import OpsError

REFERENCE = "op://platform/connect/token"
SESSION: Any = None
BEARER: Any = SimpleNamespace(is_bearer=True)


@dataclass(frozen=True)
class Passage:
    """Notes with what it is asked."""

    asked: list[tuple[str, str]]
    only: tuple[str, str] = ("", "")
    system: str = "chittyconnect"

    def links(self):
        self.asked.append(self.only)
        return iter(())


@pytest.fixture
def asked(monkeypatch):
    """Give what a chain was asked with, each the member and the token."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(checks, "passages", lambda _: [Passage(found)])
    return found


@pytest.fixture
def op(tmp_path, monkeypatch):
    """Give a function that has `op` run a script, instead of 1Password's own."""

    def write(script):
        file = tmp_path / "op"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o700)
        monkeypatch.setenv("PATH", str(tmp_path))

    return write


def test_a_reference_is_followed_before_it_is_tried(asked, op):
    op(f'[ "$3" = {REFERENCE} ] && printf t0ken-itself')

    checks.try_first(SESSION, BEARER, Change("TOKEN", REFERENCE, member="alice"))

    assert asked == [("alice", "t0ken-itself")]


def test_a_reference_that_cannot_be_read_is_not_tried_and_says_how_to_go_on(asked, op):
    op("exit 1")

    with pytest.raises(OpsError, match=r"not tried and not set; .*go on with --untried"):
        checks.try_first(SESSION, BEARER, Change("TOKEN", REFERENCE))
    assert asked == []


def test_a_value_is_tried_as_it_is(asked):
    checks.try_first(SESSION, BEARER, Change("TOKEN", "t0ken"))

    assert asked == [("", "t0ken")]
