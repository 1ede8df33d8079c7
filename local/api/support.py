"""The table of what is emulated, and how far, for `docs/local-cloudflare.md`."""

from collections.abc import Iterable
from pathlib import Path

from local.api.families import FAMILIES
from local.api.registry import Family

PAGE = Path(__file__).parents[2] / "docs" / "local-cloudflare.md"
BEGIN = "<!-- begin of the table -->\n"
END = "<!-- end of the table -->"


def page(families: Iterable[Family]) -> str:
    """Write one table a family, in Markdown."""
    return "\n".join(_table(family) for family in families)


def _table(family: Family) -> str:
    rows = [
        f"| `{op.method} {op.path.replace('...}', '}')}` | {op.extent} | {op.note} |"
        for op in family.operations
    ]
    head = ["", f"### {family.name}", "", "| request | how far | |", "|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def main() -> None:
    """Put the table of now into the page."""
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    PAGE.write_text(before + BEGIN + page(FAMILIES) + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
