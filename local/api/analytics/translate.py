"""From a query of Analytics Engine to one of SQLite; what is not known is refused by name.

Names of functions are told in capitals or not, those of columns and aliases as they are written. An
alias goes before a column of its name, everywhere, as in ClickHouse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from local.api.analytics.dialect import Dialect, unsupported
from local.api.analytics.expressions import Scope
from local.api.analytics.typed_expressions import (
    FLOAT,
    STRING,
    TIME,
    UINT32,
    Typed,
    invalid,
    named,
    number,
    quoted,
)

TABLE = {
    "dataset": STRING,
    "timestamp": TIME,
    "_sample_interval": UINT32,
    "index1": STRING,
    **{f"blob{number}": STRING for number in range(1, 21)},
    **{f"double{number}": FLOAT for number in range(1, 21)},
}
"""The columns that every dataset has, in their order."""

CLAUSES = frozenset(
    {"expressions", "from_", "where", "group", "having", "order", "limit", "offset", "format"}
)


@dataclass(frozen=True)
class Selected:
    """A SELECT for SQLite, and its columns: name and type."""

    sql: str
    columns: tuple[tuple[str, str], ...]


def translate(select: exp.Select, tables: Sequence[str]) -> Selected:
    """Translate *select*, which may read *tables*. Raises `InvalidQueryError`."""
    for clause, given in select.args.items():
        if given and clause not in CLAUSES:
            raise invalid(f"unsupported clause: {clause.rstrip('_').upper()}")
    source, columns = _source(select.args.get("from_"), tables)
    scope = Scope(columns, _aliases(select))
    listed = [each for item in select.expressions for each in _listed(item, scope)]
    shown = ", ".join(f"{value.sql} AS {named(name)}" for name, value in listed)
    parts = [f"SELECT {shown}", source, *_conditions(select, scope), *_ends(select, scope)]
    names = tuple((name, value.type) for name, value in listed)
    return Selected(" ".join(filter(None, parts)), names)


def _source(
    clause: exp.Expression | None, tables: Sequence[str]
) -> tuple[str, Mapping[str, Typed]]:
    if clause is None:
        return "", {}
    source = clause.this
    if isinstance(source, exp.Subquery) and isinstance(source.this, exp.Select):
        inner = translate(source.this, tables)
        columns = {name: Typed(named(name), kind) for name, kind in inner.columns}
        return f"FROM ({inner.sql})", columns
    if not isinstance(source, exp.Table) or set(filter(source.args.get, source.args)) - {"this"}:
        raise unsupported(source)
    if source.name not in tables:
        raise invalid(f"unable to find table: {source.name}")
    return f"FROM {_table(source.name)}", {n: Typed(named(n), kind) for n, kind in TABLE.items()}


def _table(name: str) -> str:
    """Read one dataset, its times as text, as far as it is kept."""
    others = ", ".join(column for column in TABLE if column != "timestamp")
    kept = f"dataset = {quoted(name)} AND timestamp >= :oldest"
    times = "datetime(timestamp, 'unixepoch') AS timestamp"
    return f"(SELECT {others}, {times} FROM points WHERE {kept})"  # noqa: S608 - it is quoted


def _aliases(select: exp.Select) -> dict[str, exp.Expression]:
    return {e.alias: e.this for e in select.expressions if isinstance(e, exp.Alias)}


def _listed(item: exp.Expression, scope: "Scope") -> list[tuple[str, Typed]]:
    if isinstance(item, exp.Star):
        if set(filter(item.args.get, item.args)) or not scope.columns:
            raise unsupported(item)
        return list(scope.columns.items())
    if isinstance(item, exp.Alias):
        return [(item.alias, scope.resolve(item.alias))]
    return [(item.sql(Dialect), scope.typed(item))]


def _conditions(select: exp.Select, scope: "Scope") -> list[str]:
    parts = []
    if where := select.args.get("where"):
        parts.append(f"WHERE {number(scope.typed(where.this), 'WHERE')}")
    if group := select.args.get("group"):
        if set(filter(group.args.get, group.args)) - {"expressions"}:
            raise unsupported(group)
        parts.append("GROUP BY " + ", ".join(scope.typed(each).sql for each in group.expressions))
    if having := select.args.get("having"):
        parts.append(f"HAVING {number(scope.typed(having.this), 'HAVING')}")
    return parts


def _ends(select: exp.Select, scope: "Scope") -> list[str]:
    parts = []
    if order := select.args.get("order"):
        parts.append("ORDER BY " + ", ".join(_ordered(each, scope) for each in order.expressions))
    limit, offset = (_count(select.args.get(name)) for name in ("limit", "offset"))
    if limit or offset:
        parts.append(f"LIMIT {limit or -1} OFFSET {offset or 0}")
    return parts


def _ordered(item: exp.Expression, scope: "Scope") -> str:
    if not isinstance(item, exp.Ordered) or item.args.get("with_fill"):
        raise unsupported(item)
    return f"{scope.typed(item.this).sql} {'DESC' if item.args.get('desc') else 'ASC'}"


def _count(clause: exp.Expression | None) -> str | None:
    """Read a number of rows; `ALL` is none."""
    if clause is None:
        return None
    given = clause.expression
    if isinstance(given, exp.Column) and given.name.upper() == "ALL" and not clause.expressions:
        return None
    plain = isinstance(given, exp.Literal) and not given.is_string and given.name.isdecimal()
    if not plain or clause.expressions:
        raise unsupported(clause)
    return str(given.name)
