"""The table of what the stand-in supports, for `docs/stand-in-plugin.md`."""

from provider.cloudflare.functions import FUNCTIONS
from provider.cloudflare.resources import TABLE
from provider.cloudflare.table import Resource

_HEAD = "| resource | a new one when these change | import id | delete |\n|---|---|---|---|\n"


def table() -> str:
    """Give the table of resource types, and the functions below it, as Markdown."""
    rows = [_row(resource) for resource in sorted(TABLE.values(), key=lambda it: it.name)]
    functions = ", ".join(f"`{known.name}`" for known in FUNCTIONS.values())
    return f"{_HEAD}{''.join(rows)}\nFunctions: {functions}.\n"


def _row(resource: Resource) -> str:
    replaces = sorted(resource.replace | resource.replace_if_set)
    changes = ", ".join(replaces) if resource.update else "any"
    given = f"`{resource.import_form()}`" if resource.imports else "none"
    gone = "yes" if resource.delete else "forgotten only"
    return f"| `{resource.name}` | {changes} | {given} | {gone} |\n"
