"""The reference of commands has each of them with all that it takes (FW-7)."""

import re

import pytest
import typer
from typer.testing import CliRunner

from docs import command_reference
from local.process import cli
from ops.commands import app as ops
from tests.docs.test_documents import ROOT, anchors

SECTION = re.compile(r"^## `([^`]*)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")


@pytest.fixture(scope="module")
def sections() -> dict[str, str]:
    """Return what the page says of each command, by its whole name."""
    return dict(SECTION.findall(command_reference.render()))


def names(app: typer.Typer) -> dict[str, bool]:
    """Return the names of the commands of *app*, each with whether it has commands of its own."""
    found = typer.main.get_group(app).commands
    return {name: hasattr(each, "commands") for name, each in found.items()}


def test_it_has_every_command_that_is_registered(sections):
    ours = names(ops.app)
    registered = {f"python -m ops {name}" for name, is_group in ours.items() if not is_group}
    registered |= {f"python -m local {name}" for name in names(cli.app)}
    groups = {f"python -m ops {name} " for name, is_group in ours.items() if is_group}

    alone = {name for name in sections if not name.startswith(tuple(groups))}
    assert alone == registered
    assert {f"python -m ops {word}" for word in ("token issue", "keys limit")} <= set(sections)
    assert all(any(name.startswith(group) for name in sections) for group in groups)


def test_help_and_the_page_of_commands_have_them_in_the_same_groups():
    page = (ROOT / "docs" / "commands.md").read_text()
    found = CliRunner().invoke(ops.app, ["--help"], terminal_width=120).stdout

    for panel, commands in ops.PANELS.items():
        described = page.partition(f"\n## {panel}\n")[2].partition("\n## ")[0]
        listed = found.partition(f"\n{panel}:\n")[2].partition("\n\n")[0]
        assert set(re.findall(r"^\| `python -m ops ([a-z-]+)", described, re.MULTILINE)) == set(
            commands
        )
        assert set(re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE)) == set(commands)


def test_no_sentence_of_the_help_is_cut_and_a_group_names_what_is_in_it():
    found = CliRunner().invoke(ops.app, ["--help"], terminal_width=80).stdout
    said = " ".join(found.split())

    assert "..." not in found.partition("Begin a stack")[2]
    assert "Print what a shell evaluates so that plain `pulumi` works on STACK." in said
    assert "bootstrap, versions, restore, unlock, migrate, forget." in said


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("up", {"--yes", "--accept", "--accepted", "--out", "--adopt", "--complete", "--help"}),
        ("service-token copy", {"--to", "--help"}),
    ],
)
def test_a_command_stands_there_with_all_of_its_options(sections, command, options):
    assert set(OPTION.findall(re.sub("[`*]", " ", sections[f"python -m ops {command}"]))) == options


def test_the_list_leads_to_each_command_and_is_not_cut(sections):
    page = command_reference.render()
    listed = dict(re.findall(r"^- \[`(.+?)`\]\(#(.+?)\): .+\S$", page, re.MULTILINE))

    assert list(listed) == list(sections)
    assert set(listed.values()) <= anchors(command_reference.PATH)
    assert "..." not in page.partition("\n## ")[0]


def test_no_word_of_it_is_read_as_a_tag(sections):
    said = re.sub(r"```.*?```|`[^`\n]*`", "", "\n".join(sections.values()), flags=re.DOTALL)

    assert "Pulumi.&lt;STACK>.yaml" in said
    assert "<" not in said
