"""Expressions with their types: what a part of a query is in SQLite, and at Cloudflare."""

from dataclasses import dataclass

STRING, TIME, DATE, FLOAT = "String", "DateTime", "Date", "Float64"
UINT8, UINT32, UINT64, INT64 = "UInt8", "UInt32", "UInt64", "Int64"
NUMBERS = frozenset({UINT8, UINT32, UINT64, INT64, FLOAT})
WIDE = frozenset({UINT64, INT64})
"""Whole numbers that JSON has as text, for JavaScript would round them."""


class InvalidQueryError(Exception):
    """A query that is not answered; the message begins as Cloudflare's do."""


@dataclass(frozen=True)
class Typed:
    """*sql* for SQLite, and the *type* that Cloudflare would give it."""

    sql: str
    type: str


def invalid(reason: str) -> InvalidQueryError:
    return InvalidQueryError(f"Input was invalid: {reason}")


def need(value: Typed, types: frozenset[str] | set[str], where: str) -> str:
    """Return the SQL of *value*; `InvalidQueryError` where it is none of *types*."""
    if value.type not in types:
        raise invalid(f"{where} takes {' or '.join(sorted(types))}, and was given {value.type}")
    return value.sql


def number(value: Typed, where: str) -> str:
    return need(value, NUMBERS, where)


def text(value: Typed, where: str) -> str:
    return need(value, {STRING}, where)


def moment(value: Typed, where: str) -> str:
    return need(value, {TIME, DATE}, where)


def array(inner: str) -> str:
    """Name the type of a list of *inner*."""
    return f"Array({inner})"


def wider(left: str, right: str) -> str:
    """Return the type of a sum of numbers of two types."""
    if FLOAT in (left, right):
        return FLOAT
    return INT64 if INT64 in (left, right) else UINT64


def quoted(string: str) -> str:
    """Write *string* as a literal of SQLite."""
    if "\0" in string:
        raise invalid("a text has a NUL character")
    return "'" + string.replace("'", "''") + "'"


def named(name: str) -> str:
    """Write *name* as an identifier of SQLite."""
    return '"' + name.replace('"', '""') + '"'
