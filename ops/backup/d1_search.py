"""Virtual tables of a D1 database: those of full-text search, read as what makes them anew.

What D1 has of them is FTS5 and what looks into its words. Their own tables (`shadow`) are made with
them, and never copied by themselves.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

SEARCH, WORDS = "fts5", "fts5vocab"
MODULE = re.compile(r"\bUSING\s+[\"'`\[]?(\w+)", re.IGNORECASE)
OPTION = re.compile(
    r"""[(,]\s*(\w+)\s*=\s*("(?:[^"]|"")*"|'(?:[^']|'')*'|\[[^\]]*\]|`(?:[^`]|``)*`|\w*)"""
)
CONTENT = "content"
"""Option that names where rows are. SQLite takes the beginning of its name for it, too."""

NOTHING = frozenset({"", "''", '""', "[]", "``"})
ROW_ID = "rowid"

Rows = Sequence[Sequence[str | int | None]]


class Runs(Protocol):
    """Runs statements, and gives the rows of each."""

    def run(self, *statements: str) -> Sequence[Rows]:
        """Run *statements* in one transaction."""
        ...


def module(sql: str) -> str:
    """Return of what kind the virtual table is that *sql* makes."""
    found = MODULE.search(sql)
    return found[1].lower() if found else ""


def has_rows(sql: str) -> bool:
    """Return whether the table that *sql* makes keeps its rows itself."""
    return module(sql) == SEARCH and _content(sql) is None


def is_empty_again(sql: str) -> bool:
    """Return whether the table of *sql* keeps words alone: what it was filled with is not read."""
    return module(sql) == SEARCH and _content(sql) in NOTHING


def after_making(database: Runs, name: str, sql: str) -> Iterator[str]:
    """Yield what follows the making of the table *name*: its settings, and that it is filled.

    One that reads its rows in another table is filled from there, which has to have them by then.
    """
    if module(sql) != SEARCH:
        return
    own, settings = _quoted(name), _quoted(f"{name}_config")
    asked = f"SELECT quote(k), quote(v) FROM {settings} WHERE k <> 'version' ORDER BY k"
    (rows,) = database.run(asked)
    for key, value in rows:
        yield f"INSERT INTO {own} ({own}, rank) VALUES({key}, {value});"
    if not has_rows(sql) and not is_empty_again(sql):
        yield f"INSERT INTO {own} ({own}) VALUES('rebuild');"


def _content(sql: str) -> str | None:
    """Return where the table of *sql* has its rows, as it is written; `None`: in itself."""
    given = (value for name, value in OPTION.findall(sql) if CONTENT.startswith(name.lower()))
    return next(given, None)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
