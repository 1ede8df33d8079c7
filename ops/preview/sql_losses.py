"""What rows a migration loses for good, and what it changes once, by each of its statements.

Needs nothing but Python.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ops.preview.shown_values import is_unreadable, tell
from ops.preview.sql_statements import MOST, is_trigger, keyword, name_at, statements, unquoted
from ops.preview.sql_tables import Tables

VERBS = frozenset({"DELETE", "UPDATE", "INSERT", "REPLACE", "SELECT", "VALUES"})
LONGEST = 1_000_000
"""Characters of a file that is looked at; one statement of D1 has a tenth of them."""

AGGREGATES = frozenset(
    {
        *("AVG", "COUNT", "GROUP_CONCAT", "MAX", "MIN", "STRING_AGG", "SUM", "TOTAL"),
        *("JSON_GROUP_ARRAY", "JSON_GROUP_OBJECT", "JSONB_GROUP_ARRAY", "JSONB_GROUP_OBJECT"),
    }
)
"""Functions that make one row of many."""

LESS = frozenset({"DISTINCT", "EXCEPT", "GROUP", "HAVING", "INTERSECT", "JOIN", "LIMIT", "UNION"})
LESS |= {"WHERE", "WITH"}
"""Words by which a query may give others than every row of a table."""

NO_NAMES = frozenset({"=", ".", ",", "AND", "FALSE", "NOT", "OR", "TRUE"})
"""Words of a condition that say nothing of a row."""

OWN_TABLES = frozenset({"sqlite_master", "sqlite_schema"})
"""Names of the table in which SQLite says what there is."""


@dataclass(frozen=True)
class Effect:
    """What one statement does to rows that are there already."""

    file: str
    number: int
    """Which statement of the file, from 1."""

    what: str
    """What it does, before the name of *on*."""

    on: str
    """Name of the table, or of a column and its table."""

    why: str = ""

    loses: bool = True
    """Whether it cannot be taken back. Default: it cannot; else it happens once."""

    def __str__(self) -> str:
        return f"{tell(self.file)}, statement {self.number}: {self.what} {tell(self.on)}{self.why}"


def effects(files: Iterable[tuple[str, str]], *, fresh: bool = False) -> list[Effect]:
    """Return what *files*, each a name and its SQL, do to rows, in their order.

    *fresh*: whether the database has no tables before them. Default: it may have any.
    """
    known, found = Tables(fresh), []
    for name, sql in files:
        if len(sql) > LONGEST or is_unreadable(sql):
            what = "holds more than can be looked at in" if len(sql) > LONGEST else "hides"
            found.append(_Statement(name, 1, ()).loses(what, name))
            continue
        for number, words in enumerate(statements(sql), 1):
            found += _of(_Statement(name, number, words), known)
    return found


@dataclass(frozen=True)
class _Statement:
    file: str
    number: int
    words: Sequence[str]
    """Words, names and texts in quotes, signs; of what is in brackets the first of them."""

    def loses(self, what: str, on: str, why: str = "") -> Effect:
        return Effect(self.file, self.number, what, on, why)

    def changes(self, what: str, on: str, why: str = "") -> Effect:
        return Effect(self.file, self.number, what, on, why, loses=False)


def _of(statement: _Statement, known: Tables) -> Iterator[Effect]:
    upper = [keyword(word) for word in statement.words]
    begins = _verb_at(upper)
    if begins == len(upper) == MOST:
        yield statement.loses("has more words than are looked at, in", statement.file)
    rules = {
        "CREATE": _created,
        "DROP": _dropped,
        "ALTER": _altered,
        "DELETE": _deleted,
        "UPDATE": _updated,
        "INSERT": _inserted,
        "REPLACE": _inserted,
    }
    rule = rules.get(upper[begins]) if begins < len(upper) else None
    if rule:
        yield from rule(statement, upper, begins, known)


def _verb_at(upper: Sequence[str]) -> int:
    """Return where the statement says what it does: behind the tables that WITH names."""
    if upper[0] != "WITH":
        return 0
    return next((place for place, word in enumerate(upper) if word in VERBS), len(upper))


def _has(upper: Sequence[str], begin: int, word: str) -> bool:
    return word in upper[begin:]


def _created(
    statement: _Statement, upper: Sequence[str], _at: int, known: Tables
) -> Iterator[Effect]:
    if is_trigger(upper):
        if _deletes(upper):
            name, _ = name_at(statement.words, upper.index("TRIGGER") + 1)
            yield statement.changes("has rows deleted from now on, by trigger", name)
    elif upper[1:2] == ["TABLE"] and (known.fresh or upper[2:3] != ["IF"]):
        known.tables.add(name_at(statement.words, 2)[0])


def _deletes(upper: Sequence[str]) -> bool:
    """Return whether what a trigger does deletes rows; not when it does so."""
    begin = upper.index("BEGIN", 3) if "BEGIN" in upper[3:] else len(upper)
    is_called = [after == "(" for after in (*upper[1:], "")]
    return any(
        word == "DELETE" or (word == "REPLACE" and not called)
        for word, called in [*zip(upper, is_called, strict=True)][begin:]
    )


def _dropped(
    statement: _Statement, upper: Sequence[str], at: int, known: Tables
) -> Iterator[Effect]:
    if upper[at + 1 : at + 2] != ["TABLE"]:
        return  # views, indexes and triggers hold no rows
    table, _ = name_at(statement.words, at + 2)
    is_own, copy = known.loses_nothing(table), known.copied.get(table)
    if copy and not is_own:
        why = f" after its rows went to {tell(copy)}; columns that were not copied are gone"
        yield statement.changes("drops table", table, why)
    elif not is_own:
        yield statement.loses("drops table", table, " with all its rows")
    known.drop(table)


def _altered(
    statement: _Statement, upper: Sequence[str], at: int, known: Tables
) -> Iterator[Effect]:
    table, after = name_at(statement.words, at + 2)
    does, what = upper[after : after + 1], after + 1
    what += upper[what : what + 1] == ["COLUMN"]
    name = name_at(statement.words, what)[0]
    if does == ["ADD"]:
        known.columns[table].add(name)
    elif does == ["DROP"] and name in known.columns[table]:
        known.columns[table].discard(name)
    elif does == ["DROP"] and not known.loses_nothing(table):
        yield statement.loses("drops column", f"{table}.{name}", " with all its values")
    elif does == ["RENAME"]:
        yield from _renamed(statement, upper, what, known)


def _renamed(
    statement: _Statement, upper: Sequence[str], at: int, known: Tables
) -> Iterator[Effect]:
    table, _ = name_at(statement.words, 2)
    is_own = table in known.tables or table in known.heirs
    name, after = name_at(statement.words, at)
    if upper[at : at + 1] == ["TO"]:
        known.rename(table, name_at(statement.words, at + 1)[0])
    else:
        known.rename_column(table, name, name_at(statement.words, after + 1)[0])
    if not is_own:  # a copy takes the place of what it is a copy of
        yield statement.changes("renames in", table, ": who asks by the old name is refused")


def _deleted(
    statement: _Statement, upper: Sequence[str], at: int, known: Tables
) -> Iterator[Effect]:
    table, after = name_at(statement.words, at + 2)
    if not known.loses_nothing(table):
        some = _picks(upper, after) or _has(upper, after, "LIMIT")
        yield statement.loses("deletes some rows of" if some else "deletes every row of", table)


def _updated(
    statement: _Statement, upper: Sequence[str], at: int, known: Tables
) -> Iterator[Effect]:
    replaces = upper[at + 1 : at + 3] == ["OR", "REPLACE"]
    table, after = name_at(statement.words, at + (3 if upper[at + 1 : at + 2] == ["OR"] else 1))
    is_filled = _fills(statement.words, upper, after, table, known)
    if not replaces and table not in OWN_TABLES and (_picks(upper, after) or is_filled):
        if table not in known.tables:
            yield statement.changes("changes rows of", table)
    elif not known.loses_nothing(table):
        yield _lost_by_update(statement, table, replaces=replaces)


def _lost_by_update(statement: _Statement, table: str, *, replaces: bool) -> Effect:
    if replaces:
        return statement.loses("deletes rows of", table, " that have the new key of another")
    if table in OWN_TABLES:
        return statement.loses("changes by hand what tables there are, in", table)
    return statement.loses("overwrites values in every row of", table)


def _picks(upper: Sequence[str], begin: int) -> bool:
    """Return whether WHERE says of which rows: by a name, which `1 = 1` and `true` have none of."""
    where = next((p for p in range(begin, len(upper)) if upper[p] == "WHERE"), len(upper))
    until = next((p for p in range(where, len(upper)) if upper[p] == "RETURNING"), len(upper))
    return any(word not in NO_NAMES for word in upper[where + 1 : until])


def _fills(
    words: Sequence[str], upper: Sequence[str], begin: int, table: str, known: Tables
) -> bool:
    """Return whether only columns are set that were added just before."""
    until = next((p for p in range(begin, len(upper)) if upper[p] == "FROM"), len(upper))
    names = [
        unquoted(words[place - 1])
        for place in range(begin, until)
        if upper[place] == "=" and upper[place - 2] in {"SET", ","}
    ]
    return bool(names) and len(words) < MOST and all(name in known.columns[table] for name in names)


def _inserted(
    statement: _Statement, upper: Sequence[str], at: int, known: Tables
) -> Iterator[Effect]:
    replaces = upper[at] == "REPLACE" or upper[at + 1 : at + 3] == ["OR", "REPLACE"]
    into = next((p for p in range(at, len(upper)) if upper[p] == "INTO"), len(upper))
    table, after = name_at(statement.words, into + 1)
    if replaces:
        if not known.loses_nothing(table):
            yield statement.loses("replaces rows of", table, " that have the same key")
        return
    if upper[at + 1 : at + 2] != ["OR"]:
        _note_copy(statement.words, upper, after, table, known)
    if table in known.tables:
        return
    if _has(upper, after, "CONFLICT") and "UPDATE" in upper[after:]:
        yield statement.changes("changes rows of", table, " that have the same key")


def _note_copy(
    words: Sequence[str], upper: Sequence[str], begin: int, table: str, known: Tables
) -> None:
    """Note a table of which every row goes into *table*: one read, nothing left out."""
    said = set(upper[begin:])
    if not {"SELECT", "FROM"} <= said or said & LESS or upper[0] == "WITH" or len(words) >= MOST:
        return
    source = upper.index("FROM", begin)
    until = next((p for p in range(source, len(upper)) if upper[p] == "ORDER"), len(upper))
    if {"(", ","} & set(upper[source:until]):
        return
    makes_one = (upper[p + 1 : p + 2] == ["("] and upper[p] in AGGREGATES for p in range(source))
    if not any(makes_one):
        known.copy(name_at(words, source + 1)[0], table)
