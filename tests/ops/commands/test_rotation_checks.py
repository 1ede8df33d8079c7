"""After a rotation it is read as others read, in whatever stack they are (OP-3, OP-4, OP-5)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from config.reading import references
from ops.commands.rotations import secret_checks, token_hand_over
from ops.commands.rotations.new_value import Change
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import rotations, state
from ops.stack.rotations import Presenter
from ops.stack.target import Target
from planning.token_rotation import Turn
from systems.chains import Link
from systems.chittyconnect.first_read import CHAIN

READERS = [Presenter("production", "chittyconnect", CHAIN), Presenter("later", "other", CHAIN)]


@pytest.fixture
def read(monkeypatch):
    """Have `production` up and `later` not; return what was gone through, and what is broken."""
    seen = SimpleNamespace(asked=[], broken=[])

    def go_through(session, only):
        seen.asked.append((session.name, *only))
        return seen.broken.pop(0) if seen.broken else []

    monkeypatch.setattr(secret_checks, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(secret_checks, "go_through", go_through)
    monkeypatch.setattr(secret_checks, "open_session", lambda _, name: SimpleNamespace(name=name))
    monkeypatch.setattr(state, "resources", lambda session: [{}] * (session.name != "later"))
    return seen


def test_whoever_reads_in_another_stack_is_asked(read, capsys):
    assert secret_checks.check_all_read(Paths(), READERS) == 1
    assert read.asked == [("production", "chittyconnect")]
    assert "later is not up: nothing is read there" in capsys.readouterr().out


def test_what_does_not_read_there_is_no_rotation(read):
    read.broken = [["chittyconnect: Connect token is not taken"]] * 2

    with pytest.raises(OpsError, match=r"does not work:\nchittyconnect: Connect token is not"):
        secret_checks.check_all_read(Paths(), READERS)


def test_a_server_that_is_slow_at_its_first_request_is_asked_again(read):
    read.broken = [["chittyconnect: address nothing answers there"]]

    assert secret_checks.check_all_read(Paths(), READERS) == 1
    assert len(read.asked) == 2


@dataclass(frozen=True)
class Passage:
    """A chain that shows whose token it was asked with, and takes none."""

    asked: list[tuple[str, str] | None]
    system: str = "s"
    only: tuple[str, str] | None = None

    def links(self):
        self.asked.append(self.only)
        yield "", Link("Connect token", "401", "is not taken")


def test_what_is_tried_is_the_token_and_not_the_reference_to_it(monkeypatch):
    """OP-3: the configuration keeps the reference; asked with is what it names."""
    asked: list[tuple[str, str] | None] = []
    monkeypatch.setattr(secret_checks, "passages", lambda _: [Passage(asked)])
    monkeypatch.setattr(references, "resolve", {"op://v/i/f": "t0ken-75"}.__getitem__)
    change = Change("TOKEN", "op://v/i/f", member="mailer")

    with pytest.raises(
        OpsError, match=r"^s: Connect token is not taken; the new value was tried and not set"
    ):
        secret_checks.try_first(SimpleNamespace(), change)  # type: ignore[arg-type]
    assert asked == [("mailer", "t0ken-75")]


def test_a_reference_that_cannot_be_read_is_not_tried(monkeypatch):
    """OP-3: asked with it would say that the token is not taken, which nobody knows."""
    asked: list[tuple[str, str] | None] = []
    monkeypatch.setattr(secret_checks, "passages", lambda _: [Passage(asked)])
    monkeypatch.setenv("PATH", "")

    with pytest.raises(OpsError, match=r"not readable here: .*nothing was written; .*--untried$"):
        secret_checks.try_first(SimpleNamespace(), Change("TOKEN", "op://v/i/f"))  # type: ignore[arg-type]
    assert asked == []


def test_what_is_left_by_hand_is_a_command_that_shows_both_halves():
    found = rotations.find(Target("p", "production", {}), "onepassword_connect.fixed-hosts-token")
    turn = Turn(2, datetime(2026, 12, 24, tzinfo=UTC))

    said = token_hand_over.left("p", found, turn, [])
    assert "service-token show p onepassword_connect.fixed-hosts-token --secret" in said
    assert said.startswith("Hand it to whoever presents it before 2026-12-24")
