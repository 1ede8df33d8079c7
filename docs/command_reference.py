"""`docs/command-reference.md`: every command as it describes itself; see `docs.generate`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.cli import get_docs_for_click

from local.process.cli import app as local_app
from ops.commands.app import app as ops_app

PATH = Path(__file__).resolve().parent / "command-reference.md"
PROGRAMS = {"python -m ops": ops_app, "python -m local": local_app}

HEAD = """\
<!-- Made by `make docs` from `ops/commands/` and `local/process/cli.py`; edit those. -->

# Reference of commands

Every command with its arguments and options, as `--help` shows them; `python` is that of the clone,
`.venv/bin/python`. What each does, its exit codes, and how a plan is agreed to stand in
[Commands](commands.md).
"""

CODE_OR_TAG = re.compile(r"(```.*?```|`[^`\n]*`)|<", re.DOTALL)
"""Code, which Markdown leaves as it is, or the sign that begins a tag of HTML outside of it."""


def render() -> str:
    """Return the page: the commands of each program by name, then what each of them takes."""
    found = list(_commands())
    listed = [f"- [`{name}`](#{_anchor(name)}): {_first_line(each)}" for name, each in found]
    described = [_described(name, each) for name, each in found]
    return "\n".join([HEAD, *listed, "", "\n\n".join(described), ""])


def _commands() -> Iterator[tuple[str, Any]]:
    for name, app in PROGRAMS.items():
        yield from sorted(_below(name, typer.main.get_command(app)))


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Yield *command* with its whole name, or all those of the group that it is."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for word, each in inner.items():
        yield from _below(f"{name} {word}", each)


def _first_line(command: Any) -> str:
    return _outside_code(str(command.help).partition("\n\n")[0].replace("\n", " "))


def _described(name: str, command: Any) -> str:
    prefix, _, word = name.rpartition(" ")
    context = typer.Context(command)
    text = get_docs_for_click(obj=command, ctx=context, indent=1, name=word, call_prefix=prefix)
    return _outside_code(text).strip()


def _outside_code(text: str) -> str:
    """Keep `<STACK>` in *text* from being read as a tag."""
    return CODE_OR_TAG.sub(lambda found: found[1] or "&lt;", text)


def _anchor(name: str) -> str:
    return name.replace(" ", "-")
