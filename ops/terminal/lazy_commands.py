"""Commands of a program that are imported when they are asked for, each by its name."""

from collections.abc import Iterator, Mapping
from pkgutil import resolve_name
from typing import Any

import typer
from typer.main import get_group

from ops.terminal import retired_options
from ops.terminal.grouped_help import GroupedHelp

NONE: Mapping[str, Any] = {}


class LazyCommands(Mapping[str, Any]):
    """Commands of click by their names; of them all only the names are known at once.

    *package*: where their modules are. *panels*: the place of each (`module:name`, a function or
    an application of typer) by the group that `--help` shows it in, and by its name. *retired*:
    options that a command had, each with what is to be written in its place; default, none.
    """

    def __init__(
        self,
        package: str,
        panels: Mapping[str, Mapping[str, str]],
        retired: Mapping[str, Mapping[str, str]] = NONE,
    ) -> None:
        self._package = package
        self._retired = retired
        self._places = {
            name: (panel, place)
            for panel, places in panels.items()
            for name, place in places.items()
        }
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            panel, place = self._places[name]
            found = resolve_name(f"{self._package}.{place}")
            self._made[name] = _made(found, name, panel, self._retired.get(name, NONE))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _made(found: Any, name: str, panel: str, retired: Mapping[str, str]) -> Any:
    """Make a command of click of what a module has under the name of a command."""
    alone = typer.Typer(rich_markup_mode=None)
    alone.callback()(lambda: None)  # a group, also with one command
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name, rich_help_panel=panel, cls=GroupedHelp)
    else:
        kind = retired_options.without(retired)
        alone.command(name=name, rich_help_panel=panel, cls=kind)(found)
    return get_group(alone).commands[name]
