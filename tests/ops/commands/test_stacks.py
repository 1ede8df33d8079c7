"""FW-4: one command runs another on every stack of an environment, with one verdict."""

import subprocess

import pytest
from typer.main import get_group

from ops.commands import stacks as command
from ops.commands.app import app
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.deployment_order import Stack

OWNER, GUEST = (
    Stack("staging", ("chittyid",), frozenset(), whole=False),
    Stack("staging-a", ("superinstance",), frozenset({"staging"}), whole=False),
)
ORDER = [[OWNER], [GUEST]]


@pytest.fixture
def runs(monkeypatch):
    """Give the commands that were run, and the codes by which they end."""
    seen: list[list[str]] = []
    codes: dict[str, int] = {}

    def run(given, **_):
        seen.append(given[3:])
        return subprocess.CompletedProcess(given, codes.get(given[4], 0))

    monkeypatch.setattr(subprocess, "run", run)
    return seen, codes


def test_a_command_gets_each_stack_in_the_place_of_its_name(runs, capsys):
    command._run(Paths(), ORDER, ["up", "--yes"])

    assert runs[0] == [["up", "staging", "--yes"], ["up", "staging-a", "--yes"]]
    assert "up: staging done, staging-a done" in capsys.readouterr().out


def test_a_command_of_two_words_gets_the_stack_behind_both(runs):
    command._run(Paths(), ORDER, ["check", "daily", "--format", "json"])

    assert runs[0][0] == ["check", "daily", "staging", "--format", "json"]
    commands = get_group(app).commands
    assert {name for name, each in commands.items() if hasattr(each, "commands")} == command.GROUPS


def test_guests_wait_for_an_owner_that_came_up(runs, capsys):
    runs[1]["staging"] = 1

    with pytest.raises(OpsError, match="up is not done on staging, staging-a"):
        command._run(Paths(), ORDER, ["up", "--yes"])

    assert runs[0] == [["up", "staging", "--yes"]]
    assert "staging failed (1), staging-a not begun" in capsys.readouterr().out


def test_what_only_looks_looks_at_all_of_them(runs):
    runs[1]["staging"] = 3

    with pytest.raises(OpsError, match="drift is not done on staging;"):
        command._run(Paths(), ORDER, ["drift"])

    assert runs[0] == [["drift", "staging"], ["drift", "staging-a"]]


def test_guests_go_before_the_owner_that_sets_their_rules(runs):
    command._run(Paths(), ORDER, ["destroy"])

    assert runs[0] == [["destroy", "staging-a"], ["destroy", "staging"]]


BAD = {
    "no words": (" ", False, "--run: names no command"),
    "an open quotation": ("up '--yes", False, "is no command: No closing quotation"),
    "two wishes": ("up", True, "leave one out"),
}


@pytest.mark.parametrize(("run", "as_json", "text"), BAD.values(), ids=BAD)
def test_what_cannot_be_run_is_refused_in_a_sentence(run, as_json, text):
    with pytest.raises(OpsError, match=text):
        command.stacks("staging", run=run, as_json=as_json)
