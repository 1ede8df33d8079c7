"""Expressions of a query of Analytics Engine, as SQLite has them: names, operators, functions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from local.api.analytics.dialect import unsupported
from local.api.analytics.functions import (
    AGGREGATES,
    DISTINCT,
    PARAMETERIZED,
    SCALARS,
    UNITS,
    Function,
    zone_of,
)
from local.api.analytics.typed_expressions import (
    DATE,
    FLOAT,
    INT64,
    NUMBERS,
    STRING,
    TIME,
    UINT8,
    UINT32,
    UINT64,
    Typed,
    invalid,
    moment,
    number,
    quoted,
    text,
    wider,
)

LARGEST_BYTE, LARGEST_UINT32 = 255, 2**32 - 1


@dataclass
class Scope:
    """What names mean in one SELECT."""

    columns: Mapping[str, Typed]
    aliases: Mapping[str, exp.Expression]
    open: list[str] = field(default_factory=list)
    """Aliases that are being resolved: within itself, such a name means the column."""

    def resolve(self, name: str) -> Typed:
        if name in self.aliases and name not in self.open:
            self.open.append(name)
            try:
                return self.typed(self.aliases[name])
            finally:
                self.open.pop()
        if name not in self.columns:
            raise invalid(f"unable to find type of column: {name}")
        return self.columns[name]

    def typed(self, node: exp.Expression) -> Typed:
        """Translate one expression."""
        translator = _NODES.get(type(node))
        if translator is None:
            raise unsupported(node)
        return translator(self, node)


def _column(scope: Scope, node: exp.Expression) -> Typed:
    if node.args.get("table"):
        raise unsupported(node)
    return scope.resolve(node.name)


def _literal(_: Scope, node: exp.Expression) -> Typed:
    if node.args.get("is_string"):
        return Typed(quoted(node.name), STRING)
    if not node.name.isdecimal():
        return Typed(repr(float(node.name)), FLOAT)
    value = int(node.name)
    kind = UINT8 if value <= LARGEST_BYTE else UINT32 if value <= LARGEST_UINT32 else UINT64
    return Typed(str(value), kind)


def _negative(scope: Scope, node: exp.Expression) -> Typed:
    value = scope.typed(node.this)
    kind = FLOAT if value.type == FLOAT else INT64
    return Typed(f"(-{number(value, '-')})", kind)


def _arithmetic(sign: str) -> Callable[[Scope, exp.Expression], Typed]:
    def translated(scope: Scope, node: exp.Expression) -> Typed:
        if isinstance(node.expression, exp.Interval) and sign in "+-":
            count, unit = _interval(node.expression)
            start = moment(scope.typed(node.this), sign)
            return Typed(f"ae_shift({start}, {sign}{count}, {unit})", TIME)
        left, right = scope.typed(node.this), scope.typed(node.expression)
        kind = wider(left.type, right.type)
        kind = INT64 if sign == "-" and kind != FLOAT else kind
        return Typed(f"({number(left, sign)} {sign} {number(right, sign)})", kind)

    return translated


def _called(name: str, kind: str | None) -> Callable[[Scope, exp.Expression], Typed]:
    def translated(scope: Scope, node: exp.Expression) -> Typed:
        left, right = scope.typed(node.this), scope.typed(node.expression)
        made = kind or wider(left.type, right.type)
        return Typed(f"{name}({number(left, name)}, {number(right, name)})", made)

    return translated


def _interval(node: exp.Expression) -> tuple[int, str]:
    unit = str(node.args.get("unit") or "").upper()
    count = node.this.name if isinstance(node.this, exp.Literal) else ""
    if unit not in UNITS or not count.isdecimal():
        raise unsupported(node)
    return int(count), quoted(unit.lower())


def _comparison(sign: str) -> Callable[[Scope, exp.Expression], Typed]:
    def translated(scope: Scope, node: exp.Expression) -> Typed:
        left, right = scope.typed(node.this), scope.typed(node.expression)
        return Typed(_compared(left, sign, right), UINT8)

    return translated


def _compared(left: Typed, sign: str, right: Typed) -> str:
    """Compare two values of a kind; a text beside a time is read as one."""
    times = {TIME, DATE}
    if left.type in times and right.type == STRING:
        right = Typed(f"ae_to_datetime({right.sql}, 'Etc/UTC')", TIME)
    if right.type in times and left.type == STRING:
        left = Typed(f"ae_to_datetime({left.sql}, 'Etc/UTC')", TIME)
    for kind in (NUMBERS, times, {STRING}):
        if left.type in kind and right.type in kind:
            return f"({left.sql} {sign} {right.sql})"
    raise invalid(f"cannot compare {left.type} with {right.type}")


def _joined(word: str) -> Callable[[Scope, exp.Expression], Typed]:
    def translated(scope: Scope, node: exp.Expression) -> Typed:
        left, right = scope.typed(node.this), scope.typed(node.expression)
        return Typed(f"({number(left, word)} {word} {number(right, word)})", UINT8)

    return translated


def _not(scope: Scope, node: exp.Expression) -> Typed:
    return Typed(f"(NOT {number(scope.typed(node.this), 'NOT')})", UINT8)


def _in(scope: Scope, node: exp.Expression) -> Typed:
    if set(filter(node.args.get, node.args)) - {"this", "expressions"} or not node.expressions:
        raise unsupported(node)
    value = scope.typed(node.this)
    same = [_compared(value, "=", scope.typed(each)) for each in node.expressions]
    return Typed(f"({' OR '.join(same)})", UINT8)


def _between(scope: Scope, node: exp.Expression) -> Typed:
    value = scope.typed(node.this)
    low, high = scope.typed(node.args["low"]), scope.typed(node.args["high"])
    return Typed(f"({_compared(value, '>=', low)} AND {_compared(value, '<=', high)})", UINT8)


def _like(name: str) -> Callable[[Scope, exp.Expression], Typed]:
    def translated(scope: Scope, node: exp.Expression) -> Typed:
        value, pattern = scope.typed(node.this), scope.typed(node.expression)
        call = f"{name}({text(value, 'LIKE')}, {text(pattern, 'LIKE')})"
        return Typed(f"(NOT {call})" if node.args.get("negate") else call, UINT8)

    return translated


def _if(scope: Scope, node: exp.Expression) -> Typed:
    parts = [node.this, node.args.get("true"), node.args.get("false")]
    return _call("if", SCALARS["if"], [scope.typed(each) for each in parts if each is not None])


def _position(scope: Scope, node: exp.Expression) -> Typed:
    needle, haystack = scope.typed(node.args["substr"]), scope.typed(node.this)
    return Typed(f"ae_position({text(needle, 'position')}, {text(haystack, 'position')})", UINT64)


def _extract(scope: Scope, node: exp.Expression) -> Typed:
    unit = node.name.upper()
    if unit not in UNITS:
        raise unsupported(node)
    value = moment(scope.typed(node.expression), "extract")
    return Typed(f"ae_part({value}, {quoted(unit.lower())})", UINT32)


def _function(scope: Scope, node: exp.Expression) -> Typed:
    name = str(node.this).lower()
    args = node.expressions
    if name == "tostartofinterval":
        return _start_of_interval(scope, node, args)
    if name in AGGREGATES and args and isinstance(args[0], exp.Distinct):
        return _distinct(scope, name, node)
    function = SCALARS.get(name) or AGGREGATES.get(name)
    if function is None:
        raise invalid(f"unsupported function: {node.this}")
    if name == "count" and len(args) == 1 and isinstance(args[0], exp.Star):
        args = []
    return _call(str(node.this), function, [scope.typed(each) for each in args])


def _start_of_interval(scope: Scope, node: exp.Expression, args: Sequence[exp.Expression]) -> Typed:
    if len(args) not in (2, 3) or not isinstance(args[1], exp.Interval):
        raise unsupported(node)
    count, unit = _interval(args[1])
    if count == 0:
        raise unsupported(node)
    zone = zone_of([scope.typed(each) for each in args[2:]])
    start = moment(scope.typed(args[0]), "toStartOfInterval")
    return Typed(f"ae_start({start}, {count}, {unit}, {zone})", TIME)


def _distinct(scope: Scope, name: str, node: exp.Expression) -> Typed:
    (counted, *others) = node.expressions[0].expressions
    if name not in DISTINCT or others:
        raise unsupported(node)
    value = scope.typed(counted)
    kind = value.type if name == "sum" and value.type != FLOAT else DISTINCT[name]
    sql = value.sql if name == "count" else number(value, name)
    return Typed(f"{name}(DISTINCT {sql})", kind)


def _parameterized(scope: Scope, node: exp.Expression) -> Typed:
    function = PARAMETERIZED.get(str(node.this).lower())
    if function is None:
        raise invalid(f"unsupported function: {node.this}")
    given = [*node.expressions, *node.args["params"]]
    return _call(str(node.this), function, [scope.typed(each) for each in given])


def _call(name: str, function: Function, args: Sequence[Typed]) -> Typed:
    if not function.least <= len(args) <= function.most:
        wanted = f"{function.least} to {function.most}"
        raise invalid(f"{name} takes {wanted} arguments, and was given {len(args)}")
    return function.made(args)


_NODES: Mapping[type[exp.Expression], Callable[[Scope, exp.Expression], Typed]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: lambda _, node: Typed("1" if node.this else "0", UINT8),
    exp.Paren: lambda scope, node: scope.typed(node.this),
    exp.Neg: _negative,
    exp.Add: _arithmetic("+"),
    exp.Sub: _arithmetic("-"),
    exp.Mul: _arithmetic("*"),
    exp.Div: _called("ae_divide", FLOAT),
    exp.Mod: _called("ae_mod", None),
    exp.EQ: _comparison("="),
    exp.NEQ: _comparison("<>"),
    exp.LT: _comparison("<"),
    exp.LTE: _comparison("<="),
    exp.GT: _comparison(">"),
    exp.GTE: _comparison(">="),
    exp.And: _joined("AND"),
    exp.Or: _joined("OR"),
    exp.Not: _not,
    exp.In: _in,
    exp.Between: _between,
    exp.Like: _like("ae_like"),
    exp.ILike: _like("ae_ilike"),
    exp.If: _if,
    exp.StrPosition: _position,
    exp.Extract: _extract,
    exp.Anonymous: _function,
    exp.AnonymousAggFunc: _function,
    exp.CombinedAggFunc: _function,
    exp.ParameterizedAgg: _parameterized,
}
"""What each part of a query becomes; one that is not here is refused."""
