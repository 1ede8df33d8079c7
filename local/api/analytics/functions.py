"""The functions of Analytics Engine's SQL: how many arguments, of what type, and what SQLite runs.

Source: developers.cloudflare.com, Analytics Engine SQL reference, 2026-11-29. Not here, and refused
by name: bit and encoding functions, `first_value` and `last_value`, whose order is not said.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
    array,
    moment,
    need,
    number,
    quoted,
    text,
)

Args = Sequence[Typed]
UTC = "'Etc/UTC'"


@dataclass(frozen=True)
class Function:
    """A function of *least* to *most* arguments; *made* gets them, checked in number."""

    least: int
    most: int
    made: Callable[[Args], Typed]


def _of_text(name: str, kind: str = STRING) -> Function:
    return Function(1, 1, lambda a: Typed(f"ae_{name}({text(a[0], name)})", kind))


def _of_two_texts(name: str) -> Function:
    def made(args: Args) -> Typed:
        return Typed(f"ae_{name}({text(args[0], name)}, {text(args[1], name)})", UINT8)

    return Function(2, 2, made)


def _part(unit: str) -> Function:
    return Function(1, 1, lambda a: Typed(f"ae_part({moment(a[0], unit)}, '{unit}')", UINT32))


def _start(count: int, unit: str) -> Function:
    def made(args: Args) -> Typed:
        return Typed(f"ae_start({moment(args[0], 'toStartOf…')}, {count}, '{unit}', {UTC})", TIME)

    return Function(1, 1, made)


def _rounding(name: str) -> Function:
    def made(args: Args) -> Typed:
        digits = number(args[1], name) if len(args) > 1 else "0"
        return Typed(f"ae_{name}({number(args[0], name)}, {digits})", FLOAT)

    return Function(1, 2, made)


def _whole(bits: int, kind: str) -> Function:
    def made(args: Args) -> Typed:
        if args[0].type == TIME:  # its seconds: Cloudflare's page on Grafana counts with them
            return Typed(f"ae_whole(ae_unix({args[0].sql}), {bits})", kind)
        return Typed(
            f"ae_whole({need(args[0], NUMBERS | {STRING}, f'toUInt{bits}')}, {bits})", kind
        )

    return Function(1, 1, made)


def _if(args: Args) -> Typed:
    condition, yes, no = args
    number(condition, "if")
    kind = yes.type if yes.type == no.type else INT64
    if yes.type != no.type:
        number(yes, "if")
        number(no, "if")
        kind = FLOAT if FLOAT in (yes.type, no.type) else INT64
    return Typed(f"(CASE WHEN {condition.sql} THEN {yes.sql} ELSE {no.sql} END)", kind)


def _to_datetime(args: Args) -> Typed:
    value = need(args[0], NUMBERS | {STRING, TIME, DATE}, "toDateTime")
    zone = text(args[1], "toDateTime") if len(args) > 1 else UTC
    return Typed(f"ae_to_datetime({value}, {zone})", TIME)


def _format_time(args: Args) -> Typed:
    zone = text(args[2], "formatDateTime") if len(args) > 2 else UTC  # noqa: PLR2004
    form = text(args[1], "formatDateTime")
    return Typed(f"ae_format_time({moment(args[0], 'formatDateTime')}, {form}, {zone})", STRING)


def _substring(args: Args) -> Typed:
    length = number(args[2], "substring") if len(args) > 2 else "2147483647"  # noqa: PLR2004
    offset = number(args[1], "substring")
    return Typed(f"ae_substring({text(args[0], 'substring')}, {offset}, {length})", STRING)


def _formatted(args: Args) -> Typed:
    text(args[0], "format")
    return Typed(f"ae_format({', '.join(each.sql for each in args)})", STRING)


SCALARS: Mapping[str, Function] = {
    "if": Function(3, 3, _if),
    "now": Function(0, 0, lambda _: Typed("ae_now()", TIME)),
    "today": Function(0, 0, lambda _: Typed(f"ae_start(ae_now(), 1, 'day', {UTC})", DATE)),
    "todatetime": Function(1, 2, _to_datetime),
    "formatdatetime": Function(2, 3, _format_time),
    "tounixtimestamp": Function(
        1, 1, lambda a: Typed(f"ae_unix({moment(a[0], 'toUnixTimestamp')})", UINT32)
    ),
    "toyyyymm": Function(1, 1, lambda a: Typed(f"ae_yyyymm({moment(a[0], 'toYYYYMM')})", UINT32)),
    "toyear": _part("year"),
    "tomonth": _part("month"),
    "todayofmonth": _part("day"),
    "todayofweek": _part("weekday"),
    "tohour": _part("hour"),
    "tominute": _part("minute"),
    "tosecond": _part("second"),
    "tostartofyear": _start(1, "year"),
    "tostartofmonth": _start(1, "month"),
    "tostartofweek": _start(1, "week"),
    "tostartofday": _start(1, "day"),
    "tostartofhour": _start(1, "hour"),
    "tostartoffifteenminutes": _start(15, "minute"),
    "tostartoftenminutes": _start(10, "minute"),
    "tostartoffiveminutes": _start(5, "minute"),
    "tostartofminute": _start(1, "minute"),
    "touint8": _whole(8, UINT8),
    "touint32": _whole(32, UINT32),
    "intdiv": Function(
        2,
        2,
        lambda a: Typed(f"ae_int_div({number(a[0], 'intDiv')}, {number(a[1], 'intDiv')})", INT64),
    ),
    "log": Function(1, 1, lambda a: Typed(f"ae_log({number(a[0], 'log')})", FLOAT)),
    "ln": Function(1, 1, lambda a: Typed(f"ae_log({number(a[0], 'ln')})", FLOAT)),
    "pow": Function(
        2, 2, lambda a: Typed(f"ae_pow({number(a[0], 'pow')}, {number(a[1], 'pow')})", FLOAT)
    ),
    "round": _rounding("round"),
    "floor": _rounding("floor"),
    "ceil": _rounding("ceil"),
    "length": _of_text("length", UINT64),
    "lower": Function(1, 1, lambda a: Typed(f"lower({text(a[0], 'lower')})", STRING)),
    "upper": Function(1, 1, lambda a: Typed(f"upper({text(a[0], 'upper')})", STRING)),
    "lowerutf8": _of_text("lower"),
    "tolower": _of_text("lower"),
    "upperutf8": _of_text("upper"),
    "toupper": _of_text("upper"),
    "empty": Function(1, 1, lambda a: Typed(f"({text(a[0], 'empty')} = '')", UINT8)),
    "startswith": _of_two_texts("starts"),
    "endswith": _of_two_texts("ends"),
    "substring": Function(2, 3, _substring),
    "format": Function(1, 20, _formatted),
}
"""By their names in small letters."""


def _sum(args: Args) -> Typed:
    kind = args[0].type if args[0].type == FLOAT else UINT64
    kind = INT64 if args[0].type == INT64 else kind
    return Typed(f"coalesce(sum({number(args[0], 'sum')}), 0)", kind)


def _only_if(value: str, condition: Typed, where: str) -> str:
    return f"CASE WHEN {number(condition, where)} THEN {value} END"


def _sum_if(args: Args) -> Typed:
    chosen = _only_if(number(args[0], "sumIf"), args[1], "sumIf")
    return Typed(f"coalesce(sum({chosen}), 0)", _sum(args[:1]).type)


def _extreme(largest: int) -> Function:
    def made(args: Args) -> Typed:
        return Typed(f"ae_extreme({args[0].sql}, {args[1].sql}, {largest})", args[0].type)

    return Function(2, 2, made)


def _quantile(args: Args) -> Typed:
    where = "quantileWeighted"
    share, value, weight = (number(each, where) for each in args)
    return Typed(f"ae_quantile({share}, {value}, {weight})", args[1].type)


def _same(name: str) -> Function:
    return Function(1, 1, lambda a: Typed(f"{name}({a[0].sql})", a[0].type))


AGGREGATES: Mapping[str, Function] = {
    "count": Function(0, 0, lambda _: Typed("count(*)", UINT64)),
    "countif": Function(1, 1, lambda a: Typed(f"count({_only_if('1', a[0], 'countIf')})", UINT64)),
    "sum": Function(1, 1, _sum),
    "sumif": Function(2, 2, _sum_if),
    "avg": Function(1, 1, lambda a: Typed(f"avg({number(a[0], 'avg')})", FLOAT)),
    "avgif": Function(
        2, 2, lambda a: Typed(f"avg({_only_if(number(a[0], 'avgIf'), a[1], 'avgIf')})", FLOAT)
    ),
    "min": _same("min"),
    "max": _same("max"),
    "argmin": _extreme(0),
    "argmax": _extreme(1),
    "quantileweighted": Function(3, 3, _quantile),
    "topk": Function(1, 1, lambda a: Typed(f"ae_top(10, {a[0].sql}, 1)", array(a[0].type))),
    "topkweighted": Function(
        2,
        2,
        lambda a: Typed(
            f"ae_top(10, {a[0].sql}, {number(a[1], 'topKWeighted')})", array(a[0].type)
        ),
    ),
}
"""By their names in small letters; one with `DISTINCT` is in `DISTINCT`."""

DISTINCT: Mapping[str, str] = {"count": UINT64, "sum": FLOAT, "avg": FLOAT}

PARAMETERIZED: Mapping[str, Function] = {
    "quantileexactweighted": Function(3, 3, _quantile),
    "topk": Function(
        2,
        2,
        lambda a: Typed(f"ae_top({number(a[0], 'topK')}, {a[1].sql}, 1)", array(a[1].type)),
    ),
    "topkweighted": Function(
        3,
        3,
        lambda a: Typed(
            f"ae_top({number(a[0], 'topKWeighted')}, {a[1].sql}, {number(a[2], 'topKWeighted')})",
            array(a[1].type),
        ),
    ),
}
"""Aggregates of the form `name(parameter)(argument, …)`; the parameter comes first."""

UNITS = frozenset({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"})


def zone_of(args: Args) -> str:
    """Return the time zone that a third argument names; UTC without one."""
    return text(args[0], "toStartOfInterval") if args else quoted("Etc/UTC")
