"""`docs/command-reference.md`: every command as it describes itself; see `docs.generate`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.cli import get_docs_for_click

from local.process.cli import app as local_app
from ops.commands.app import app as ops_app
from ops.commands.needs import OF, Needs

PATH = Path(__file__).resolve().parent / "command-reference.md"
PROGRAMS = {"python -m ops": ops_app, "python -m local": local_app}

HEAD = """\
<!-- Made by `make docs` from `ops/commands/` and `local/process/cli.py`; edit those. -->

# Reference of commands

Every command with its arguments and options, as `--help` shows them; `python` is that of the clone,
`.venv/bin/python`. What each does, its exit codes, and how a plan is agreed to stand in
[Commands](commands.md).
"""

NEEDS = """\
## What each command needs

Of a stack of an account; one on the local Cloudflare has all of it on its machine.

- *Changes*: what it may change.
- *API token*: what `CLOUDFLARE_API_TOKEN` has to be allowed. One that deploys is what
  `ops token-policy STACK` shows, one that reads is the same with `--read-only`.
- *State*: `PULUMI_BACKEND_URL`, and the keys of [where states are kept](state.md).
- *Secrets*: those of the stack, all of them set in its file, and what decrypts them:
  `PULUMI_CONFIG_PASSPHRASE`, or the key of its provider.

A command without a mark under *secrets* needs none: the file of the stack may lack them, and what
cannot be seen without them it says.

| command | changes | API token | state | secrets |
|---|---|---|---|---|
"""

CODE_OR_TAG = re.compile(r"(```.*?```|`[^`\n]*`)|<", re.DOTALL)
"""Code, which Markdown leaves as it is, or the sign that begins a tag of HTML outside of it."""


def render() -> str:
    """Return the page: the commands of each program by name, then what each of them takes."""
    found = list(_commands())
    listed = [f"- [`{name}`](#{_anchor(name)}): {_first_line(each)}" for name, each in found]
    described = [_described(name, each) for name, each in found]
    return "\n".join([HEAD, *listed, "", _needs(), "\n\n".join(described), ""])


def _needs() -> str:
    """Return what each command of the stacks has to be given, as a table."""
    return NEEDS + "".join(f"{_row(name, each)}\n" for name, each in sorted(OF.items()))


def _row(name: str, needs: Needs) -> str:
    link = f"[`{name}`](#{_anchor(f'python -m ops {name}')})"
    marks = ("yes" if each else "" for each in (needs.state, needs.passphrase))
    return f"| {' | '.join((link, needs.changes, needs.token, *marks))} |"


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
