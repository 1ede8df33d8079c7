"""Reads the text of a query into a tree: one SELECT, or a refusal that says what it is instead."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from local.api.analytics.dialect import Dialect
from local.api.analytics.typed_expressions import invalid


def parse(text: str) -> exp.Select:
    """Read *text*. Raises `InvalidQueryError` for what is no single SELECT."""
    try:
        found = [each for each in sqlglot.parse(text, read=Dialect) if each is not None]
    except (SqlglotError, RecursionError) as error:
        raise invalid(_said(error)) from None
    if len(found) != 1:
        raise invalid(f"it takes one statement, and was given {len(found)}")
    (statement,) = found
    if not isinstance(statement, exp.Select):
        raise invalid(f"unsupported statement: {statement.key.upper()}")
    return statement


def _said(error: Exception) -> str:
    """Say in one line what the parser found; its own marks are for terminals."""
    details = getattr(error, "errors", None)
    if not details:
        return "it cannot be read as SQL"
    first = details[0]
    return f"{first['description']} at line {first['line']}, column {first['col']}"
