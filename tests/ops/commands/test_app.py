"""A command is imported when it is asked for, and no other with it; all of them can be."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_group
from typer.testing import CliRunner

from ops.commands import app as commands
from ops.terminal.lazy_commands import LazyCommands

SHARED = ["numbers", "options"]
"""What commands have in common: none of them is a command."""

ROOT = Path(__file__).resolve().parents[3]
PLACES = [(panel, name) for panel, of_panel in commands.PANELS.items() for name in of_panel]
IMPORTED = """
import sys
from typer.testing import CliRunner
from ops.commands.app import app
done = CliRunner().invoke(app, {arguments})
found = (name.removeprefix("ops.commands.") for name in sys.modules if "ops.commands." in name)
print(done.exit_code, *sorted(found))
"""


def imported(*arguments):
    """Return the exit code of a command, and which modules of commands it has imported."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED.format(arguments=list(arguments))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.parametrize(("panel", "name"), PLACES)
def test_every_command_can_be_imported_and_says_what_it_does(panel, name):
    found: Any = get_group(commands.app).commands[name]

    assert (found.name, found.rich_help_panel) == (name, panel)
    assert found.get_short_help_str()


def test_a_command_imports_no_other():
    assert imported("drift", "--help") == ["0", "app", "drift", *SHARED]
    asked = imported("state", "forget", "--help")
    assert asked == ["0", "app", *SHARED, "state", "state_migrate"]


def test_a_word_that_is_no_command_imports_none_and_is_met_with_the_nearest():
    done = CliRunner().invoke(commands.app, ["drif"])

    assert imported("drif") == ["2", "app"]
    assert "No such command 'drif'. Did you mean 'drift'" in done.stderr


def test_a_command_with_commands_of_its_own_stays_one_with_a_single_command():
    secret: Any = get_group(commands.app).commands["secret"]

    assert list(secret.commands) == ["set"]


def test_a_place_without_a_command_is_said_when_it_is_asked_for():
    """`module:name` is no more than text: the test above imports all of those there are."""
    lazy = LazyCommands("ops.commands", {"Some": {"gone": "drift:gone", "drift": "drift:drift"}})

    assert list(lazy) == ["gone", "drift"]
    assert isinstance(lazy["drift"], typer.core.TyperCommand)
    with pytest.raises(AttributeError, match="gone"):
        lazy["gone"]
