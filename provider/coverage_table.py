"""`python -m provider.coverage_table`: writes into the documentation what the stand-in supports."""

from pathlib import Path

from provider.functions import FUNCTIONS
from provider.resources import TABLE
from provider.table import Resource

DOCUMENT = Path(__file__).parents[1] / "docs" / "stand-in-plugin.md"
BEGIN, END = "<!-- begin of the table -->\n", "<!-- end of the table -->\n"
_HEAD = "| resource | a new one when these change | import id | delete |\n|---|---|---|---|\n"


def table() -> str:
    """Return the table of resource types, and the functions below it, as Markdown."""
    rows = [_row(resource) for resource in sorted(TABLE.values(), key=lambda it: it.name)]
    functions = ", ".join(f"`{known.name}`" for known in FUNCTIONS.values())
    return f"{_HEAD}{''.join(rows)}\nFunctions: {functions}.\n"


def written(text: str) -> str:
    """Return the document *text* with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def _row(resource: Resource) -> str:
    replaces = sorted(resource.replace | resource.replace_if_set)
    changes = ", ".join(replaces) if resource.update else "any"
    given = f"`{resource.import_form()}`" if resource.imports else "none"
    gone = "yes" if resource.delete else "forgotten only"
    return f"| `{resource.name}` | {changes} | {given} | {gone} |\n"


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text()))
