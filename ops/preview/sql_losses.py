"""What rows a migration loses for good, and what it changes once, by each of its statements.

SQLite's dialect, read in one pass: a plan may hold megabytes of it. Needs nothing but Python.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ops.preview.shown_values import is_unreadable, tell

_TOKEN = re.compile(
    r"""--[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)"""
    r"""|(?P<quoted>'(?:[^']|'')*+(?:'|\Z)|"[^"]*+(?:"|\Z)|`[^`]*+(?:`|\Z)|\[[^\]]*+(?:\]|\Z))"""
    r"""|(?P<word>[^\W\d][\w$]*+)|(?P<sign>[();.,=])"""
)
VERBS = frozenset({"DELETE", "UPDATE", "INSERT", "REPLACE", "SELECT", "VALUES"})
LONGEST = 1_000_000
"""Characters of a file that is looked at; one statement of D1 has a tenth of them."""

MOST = 1_000
"""Words of a statement, outside of its brackets, that are looked at."""

BLOCKS = {"BEGIN": 1, "CASE": 1, "END": -1}
"""Words that open and end a block within a trigger."""

QUOTES = "'\"`[]"


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


@dataclass
class _Known:
    """What the files have made until now, in which nothing of before can be lost."""

    fresh: bool
    """Whether there was nothing before the first file."""

    tables: set[str] = field(default_factory=set)
    columns: set[tuple[str, str]] = field(default_factory=set)
    copied: dict[str, str] = field(default_factory=dict)
    """Tables of which every row was copied, and to which."""


def effects(files: Iterable[tuple[str, str]], *, fresh: bool = False) -> list[Effect]:
    """Return what *files*, each a name and its SQL, do to rows, in their order.

    *fresh*: whether the database has no tables before them. Default: it may have any.
    """
    known, found = _Known(fresh), []
    for name, sql in files:
        if len(sql) > LONGEST or is_unreadable(sql):
            what = "holds more than can be looked at in" if len(sql) > LONGEST else "hides"
            found.append(_Statement(name, 1, ()).loses(what, name))
            continue
        for number, words in enumerate(_statements(sql), 1):
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


def _statements(sql: str) -> Iterator[list[str]]:
    """Yield the words of each statement outside of brackets; a trigger ends at its own END.

    What comes after `MOST` words is left out. It may say WHERE, and only makes a loss smaller.
    """
    words: list[str] = []
    brackets = blocks = 0
    for found in _TOKEN.finditer(sql):
        word = found[0]
        if word == ";" and not blocks:
            if words:
                yield words
            words, brackets = [], 0
        elif word == ")":
            brackets -= brackets > 0
        elif found.lastgroup and not brackets and len(words) < MOST:
            words.append(word)
            blocks += _opens(words)
        brackets += word == "("
    if words:
        yield words


def _opens(words: Sequence[str]) -> int:
    """Return 1 where the last word of a trigger opens a block, -1 where it ends one, else 0."""
    change = BLOCKS.get(words[-1].upper(), 0)
    return change if change and _is_trigger(words) else 0


def _is_trigger(words: Sequence[str]) -> bool:
    head = [word.upper() for word in words[:3]]
    return head[:2] == ["CREATE", "TRIGGER"] or (head[:1] == ["CREATE"] and head[2:] == ["TRIGGER"])


def _of(statement: _Statement, known: _Known) -> Iterator[Effect]:
    upper = [word.upper() for word in statement.words]
    begins = _verb_at(upper)
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


def _name(words: Sequence[str], at: int) -> tuple[str, int]:
    """Return the name at *at*, without its schema, and where it ends."""
    while [word.upper() for word in words[at : at + 1]] in [["IF"], ["NOT"], ["EXISTS"]]:
        at += 1
    if words[at + 1 : at + 2] == ["."]:
        at += 2
    return (words[at].strip(QUOTES).lower() if at < len(words) else ""), at + 1


def _created(
    statement: _Statement, upper: Sequence[str], _at: int, known: _Known
) -> Iterator[Effect]:
    if _is_trigger(upper):
        if "DELETE" in upper[3:] or "REPLACE" in upper[3:]:
            name, _ = _name(statement.words, upper.index("TRIGGER") + 1)
            yield statement.changes("has rows deleted from now on, by trigger", name)
    elif upper[1:2] == ["TABLE"] and (known.fresh or upper[2:3] != ["IF"]):
        known.tables.add(_name(statement.words, 2)[0])


def _dropped(
    statement: _Statement, upper: Sequence[str], at: int, known: _Known
) -> Iterator[Effect]:
    if upper[at + 1 : at + 2] != ["TABLE"]:
        return  # views, indexes and triggers hold no rows
    table, _ = _name(statement.words, at + 2)
    if copy := known.copied.get(table):
        why = f" after its rows went to {tell(copy)}; columns that were not copied are gone"
        yield statement.changes("drops table", table, why)
    elif table not in known.tables:
        yield statement.loses("drops table", table, " with all its rows")
    known.tables.discard(table)


def _altered(
    statement: _Statement, upper: Sequence[str], at: int, known: _Known
) -> Iterator[Effect]:
    table, after = _name(statement.words, at + 2)
    does, what = upper[after : after + 1], after + 1
    what += upper[what : what + 1] == ["COLUMN"]
    name = _name(statement.words, what)[0]
    if does == ["ADD"]:
        known.columns.add((table, name))
    elif does == ["DROP"] and table not in known.tables and (table, name) not in known.columns:
        yield statement.loses("drops column", f"{table}.{name}", " with all its values")
    elif does == ["RENAME"]:
        yield from _renamed(statement, upper, what, known)


def _renamed(
    statement: _Statement, upper: Sequence[str], at: int, known: _Known
) -> Iterator[Effect]:
    table, _ = _name(statement.words, 2)
    if upper[at : at + 1] == ["TO"]:
        new = _name(statement.words, at + 1)[0]
        if table in known.tables:
            known.tables.add(new)  # the copy takes the place of what it is a copy of
            return
        known.copied.pop(new, None)
    if table not in known.tables:
        yield statement.changes("renames in", table, ": who asks by the old name is refused")


def _deleted(
    statement: _Statement, upper: Sequence[str], at: int, known: _Known
) -> Iterator[Effect]:
    table, after = _name(statement.words, at + 2)
    if table not in known.tables:
        some = _has(upper, after, "WHERE") or _has(upper, after, "LIMIT")
        yield statement.loses("deletes some rows of" if some else "deletes every row of", table)


def _updated(
    statement: _Statement, upper: Sequence[str], at: int, known: _Known
) -> Iterator[Effect]:
    replaces = upper[at + 1 : at + 3] == ["OR", "REPLACE"]
    table, after = _name(statement.words, at + (3 if upper[at + 1 : at + 2] == ["OR"] else 1))
    if table in known.tables:
        return
    if replaces:
        yield statement.loses("deletes rows of", table, " that have the new key of another")
    elif _has(upper, after, "WHERE") or _fills(statement.words, upper, after, table, known):
        yield statement.changes("changes rows of", table)
    else:
        yield statement.loses("overwrites values in every row of", table)


def _fills(
    words: Sequence[str], upper: Sequence[str], begin: int, table: str, known: _Known
) -> bool:
    """Return whether only columns are set that were added just before."""
    until = next((p for p in range(begin, len(upper)) if upper[p] == "FROM"), len(upper))
    names = [
        words[place - 1].strip(QUOTES).lower()
        for place in range(begin, until)
        if upper[place] == "=" and upper[place - 2] in {"SET", ","}
    ]
    return bool(names) and all((table, name) in known.columns for name in names)


def _inserted(
    statement: _Statement, upper: Sequence[str], at: int, known: _Known
) -> Iterator[Effect]:
    replaces = upper[at] == "REPLACE" or upper[at + 1 : at + 3] == ["OR", "REPLACE"]
    into = next((p for p in range(at, len(upper)) if upper[p] == "INTO"), len(upper))
    table, after = _name(statement.words, into + 1)
    if upper[at + 1 : at + 3] != ["OR", "IGNORE"]:
        _note_copy(statement.words, upper, after, table, known)
    if table in known.tables:
        return
    if replaces:
        yield statement.loses("replaces rows of", table, " that have the same key")
    elif _has(upper, after, "CONFLICT") and "UPDATE" in upper[after:]:
        yield statement.changes("changes rows of", table, " that have the same key")


def _note_copy(
    words: Sequence[str], upper: Sequence[str], begin: int, table: str, known: _Known
) -> None:
    """Note a table of which every row goes into *table*: one read, nothing left out."""
    said = set(upper[begin:])
    if "SELECT" not in said or said & {"WHERE", "LIMIT", "GROUP", "DISTINCT", "JOIN", "UNION"}:
        return
    if "FROM" not in said:
        return
    source = upper.index("FROM", begin)
    if "(" not in upper[source:]:
        known.copied[_name(words, source + 1)[0]] = table
