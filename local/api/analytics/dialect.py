"""The grammar in which queries of Analytics Engine are read."""

from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.clickhouse import ClickHouse
from sqlglot.parsers.clickhouse import ClickHouseParser

from local.api.analytics.typed_expressions import (
    invalid,
)


class _Parser(ClickHouseParser):
    """Leaves functions alone but for those with a grammar of their own."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: parser
        for name, parser in ClickHouseParser.FUNCTION_PARSERS.items()
        if name in {"EXTRACT", "POSITION"}
    }


class Dialect(ClickHouse):
    """The grammar of ClickHouse, in which every function stays as it was written."""

    Parser = _Parser


def unsupported(node: exp.Expression) -> Exception:
    """Return the error for a part of a query that is not known, in words of the real API."""
    return invalid(f"unsupported expression type: {node.sql(Dialect)}")
