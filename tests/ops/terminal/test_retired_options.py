"""An option that has another name now is refused with the new one."""

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from ops.commands.app import app
from ops.errors import OpsError
from ops.terminal import retired_options


def run(*words):
    return CliRunner().invoke(app, words, catch_exceptions=False)


@pytest.mark.parametrize("command", ["preview", "up"])
@pytest.mark.parametrize("words", [["--json", "plan.json"], ["--json=plan.json"], ["--json"]])
def test_the_plan_of_a_run_goes_to_out_and_no_longer_to_json(command, words):
    with pytest.raises(OpsError) as refused:
        run(command, "development", *words)

    assert str(refused.value) == (
        f"--json is no option of {command}; write --out FILE: the plan is written to it, as JSON"
    )


@pytest.mark.parametrize(
    ("words", "taken"),
    [(["--new"], "nothing True"), (["--", "--old"], "--old False")],
    ids=["the new one", "a word"],
)
def test_whatever_else_is_given_is_read(words, taken):
    other = typer.Typer()

    @other.command(cls=retired_options.without({"--old": "--new"}))
    def shown(
        word: Annotated[str, typer.Argument()] = "nothing",
        *,
        new: Annotated[bool, typer.Option("--new")] = False,
    ) -> None:
        typer.echo(f"{word} {new}")

    assert CliRunner().invoke(other, words).output == f"{taken}\n"


def every_command(group, path=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from every_command(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(every_command(typer.main.get_command(app)))


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_json_is_a_flag_everywhere_and_goes_to_standard_output(command):
    options = {each: option for option in command.params for each in option.opts}

    assert "--json" not in options or options["--json"].is_flag
