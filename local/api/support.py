"""The table of what is emulated, and how far, for `docs/local-cloudflare.md`."""

from collections.abc import Iterable

from local.api.registry import Family


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
