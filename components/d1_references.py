"""What goes along when a table of a live D1 database is dropped: rows that refer to it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from components.d1_client import Database

REFERENCES = """
SELECT child.name AS child, "from" AS field, "table" AS parent, on_delete
FROM sqlite_master AS child, pragma_foreign_key_list(child.name)
WHERE child.type = 'table' AND on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT')
"""

Reference = dict[str, Any]


def lost_rows(database: Database, dropped: Sequence[str]) -> list[str]:
    """Count the rows that dropping the tables *dropped* would delete or change, in words."""
    found = database.query(REFERENCES) if dropped else []
    return [line for each in _reached(found, dropped) if (line := _counted(database, each))]


def _reached(references: Iterable[Reference], dropped: Iterable[str]) -> Iterator[Reference]:
    """Find the references to tables that lose rows, through those that lose them in turn."""
    left, losing = list(references), [name.lower() for name in dropped]
    while reached := [each for each in left if each["parent"].lower() in losing]:
        yield from reached
        left = [each for each in left if each not in reached]
        losing = [each["child"].lower() for each in reached if each["on_delete"] == "CASCADE"]


def _counted(database: Database, reference: Reference) -> str | None:
    child, field = (_quoted(reference[name]) for name in ("child", "field"))
    sql = f"SELECT count(*) AS n FROM {child} WHERE {field} IS NOT NULL"  # noqa: S608
    count = database.query(sql)[0]["n"]
    rows = f"{count} row{'s' * (count != 1)} of {reference['child']}"
    return f"{rows} (refers to {reference['parent']}, {reference['on_delete']})" if count else None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
