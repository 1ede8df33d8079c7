"""Options that have another name now: refused with the new one, and never silently taken."""

from collections.abc import Mapping
from typing import Any

from typer.core import TyperCommand

from ops.errors import OpsError


def without(retired: Mapping[str, str]) -> type[TyperCommand]:
    """Return the class of a command whose *retired* options are refused by a sentence.

    Each is given with what is to be written in its place.
    """

    class Command(TyperCommand):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            """Raise `OpsError` for a retired option; else read what was given."""
            for given in args[: args.index("--")] if "--" in args else args:
                name = given.partition("=")[0]
                if name in retired:
                    raise OpsError(f"{name} is no option of {self.name}; write {retired[name]}")
            return super().parse_args(ctx, args)

    return Command
