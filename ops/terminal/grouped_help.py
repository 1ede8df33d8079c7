"""The help of a program with many commands: in groups, and no sentence cut off."""

from typing import Any

from typer.core import TyperGroup

WHOLE = 200
"""Characters of a first sentence: more than any has, so that none is cut."""


class GroupedHelp(TyperGroup):
    """List each command in plain text below the `rich_help_panel` that it was registered with."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a section for each panel; a command with commands of its own names them."""
        width = max(map(len, self.commands))
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command: Any = self.commands[name]
            row = (name.ljust(width), _sentence(command))
            panels.setdefault(command.rich_help_panel or "Commands", []).append(row)
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows)


def _sentence(command: Any) -> str:
    said = str(command.get_short_help_str(limit=WHOLE))
    if not isinstance(command, TyperGroup):
        return said
    return f"{said.rstrip('.')}: {', '.join(command.commands)}."
