"""Numbers on the command line: every option and argument that is one has an end on both sides."""

from typing import Any

import pytest
import typer.main
from pydantic import ValidationError
from typer.testing import CliRunner

from local.process.cli import app as local
from local.process.settings import Settings
from ops.commands.app import app as ops

PORTS = {"api_port", "edge_port", "s3_port"}
"""Are refused with the place they come from, which may be a file as well: `local/process`."""

NO_NUMBERS = ["nan", "inf", "-inf", "Infinity", "1e99", "-1e99", "0x10", "", "1,5"]


def commands(command, words=()):
    """Yield every command of a program with the words that lead to it."""
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*words, name))
    if not hasattr(command, "commands"):
        yield words, command


def numbers():
    for program in (ops, local):
        for words, command in commands(typer.main.get_group(program)):
            for each in command.params:
                if each.type_descriptor.annotation in {int, float}:
                    yield pytest.param(program, words, each, id=" ".join((*words, each.name)))


FOUND = list(numbers())


def asked(program, words, parameter, value):
    """Run the command with *value* in the place of *parameter*, all it needs beside filled in."""
    command: Any = typer.main.get_group(program)
    for word in words:
        command = command.commands[word]
    line = ["--"] if parameter.param_type_name == "argument" else [f"{parameter.opts[0]}={value}"]
    for each in command.params:
        if each is parameter or each.name == parameter.name:
            line += [value] if parameter.param_type_name == "argument" else []
        elif each.param_type_name == "argument":
            line.append("x")
    return CliRunner().invoke(program, [*words, *line])


def test_there_are_as_many_as_are_known():
    """A walk that finds nothing proves nothing."""
    assert len(FOUND) >= 27
    assert {each.values[2].name for each in FOUND} > {"hold", "errors", "days", *PORTS}


def test_every_number_has_a_least_and_a_most():
    for _, words, parameter in (each.values for each in FOUND):
        if parameter.name not in PORTS:
            assert parameter.min is not None, (words, parameter.name)
            assert parameter.max is not None, (words, parameter.name)


@pytest.mark.parametrize(("program", "words", "parameter"), FOUND)
def test_what_is_no_number_of_them_is_refused_by_name(program, words, parameter):
    beyond = [] if parameter.name in PORTS else [parameter.min - 1, parameter.max + 1, "9" * 400]
    for value in [*NO_NUMBERS, *map(str, beyond)]:
        done = asked(program, words, parameter, value)

        assert done.exit_code == 2, (value, done.output)
        assert "Invalid value for" in done.output, value
        assert "Traceback" not in done.output


@pytest.mark.parametrize("name", sorted(PORTS))
@pytest.mark.parametrize("port", [-1, 0, 65_536, float("nan"), float("inf")])
def test_a_port_is_one(name, port):
    with pytest.raises(ValidationError):
        Settings(**{name: port})
