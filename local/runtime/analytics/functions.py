"""Functions of Analytics Engine's SQL that SQLite has not, for a connection that reads points.

A time is the text `YYYY-MM-DD hh:mm:ss` in UTC, which sorts as it should. `NULL` in is `NULL` out.
"""

import json
import math
import re
import sqlite3
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

FORM = "%Y-%m-%d %H:%M:%S"
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_MONDAY = 4 * 86400
"""The first Monday, in seconds since 1970."""


def install(connection: sqlite3.Connection, now: datetime) -> None:
    """Give *connection* all functions; *now* is the present of the whole query."""
    moment = written(now)
    connection.create_function("ae_now", 0, lambda: moment)
    for name, (count, function) in _SCALARS.items():
        connection.create_function(name, count, _no_nulls(function), deterministic=True)
    for name, count, kind in _AGGREGATES:
        connection.create_aggregate(name, count, kind)  # type: ignore[arg-type]


def written(moment: datetime) -> str:
    """Write *moment* as a time of the SQL."""
    return moment.astimezone(UTC).strftime(FORM)


def _no_nulls(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        return None if None in values else function(*values)

    return call


def _read(text: str) -> datetime:
    return datetime.strptime(text, FORM).replace(tzinfo=UTC)


def _to_datetime(value: object, zone: str) -> str:
    """Read seconds since 1970, or a text with them or with a time in *zone*."""
    text = str(value)
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return written(datetime.fromtimestamp(math.floor(float(text)), UTC))
    form = FORM if " " in text else "%Y-%m-%d"
    return written(datetime.strptime(text, form).replace(tzinfo=ZoneInfo(zone)))


def _shift(moment: str, count: int, unit: str) -> str:
    """Add *count* units, months by the calendar: the last day of a month stays within it."""
    if unit in _SECONDS:
        return written(_read(moment) + timedelta(seconds=count * _SECONDS[unit]))
    start = _read(moment)
    months = start.year * 12 + start.month - 1 + count * _MONTHS[unit]
    year, month = divmod(months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return written(start.replace(year=year, month=month + 1, day=day))


def _start(moment: str, count: int, unit: str, zone: str) -> str:
    """Round down to a multiple of *count* units, counted in *zone*; weeks begin on Monday."""
    local = _read(moment).astimezone(ZoneInfo(zone))
    if unit in _MONTHS:
        length = count * _MONTHS[unit]
        months = (local.year * 12 + local.month - 1) // length * length
        start = datetime(months // 12, months % 12 + 1, 1, tzinfo=ZoneInfo(zone))
        return written(start)
    offset = local.utcoffset() or timedelta()
    first = _MONDAY if unit == "week" else 0
    seconds = int(local.timestamp() + offset.total_seconds()) - first
    length = count * _SECONDS[unit]
    naive = datetime.fromtimestamp(seconds // length * length + first, UTC).replace(tzinfo=None)
    return written(naive.replace(tzinfo=ZoneInfo(zone)))


def _part(moment: str, unit: str) -> int:
    """Return one part of a time; `weekday` is 1 on Monday."""
    read = _read(moment)
    return read.isoweekday() if unit == "weekday" else int(getattr(read, unit))


def _format(moment: str, form: str, zone: str) -> str:
    return _read(moment).astimezone(ZoneInfo(zone)).strftime(form)


@cache
def _pattern(pattern: str, flags: int) -> re.Pattern[str]:
    """Turn a pattern of LIKE into one of ours: `%` any text, `_` one character."""
    parts = re.findall(r"\\(.)|(%)|(_)|(.)", pattern, re.DOTALL)
    forms = (
        ".*" if any_ else "." if one else re.escape(esc or other) for esc, any_, one, other in parts
    )
    return re.compile("".join(forms), re.DOTALL | flags)


def _like(text: object, pattern: str) -> bool:
    return bool(_pattern(pattern, 0).fullmatch(str(text)))


def _ilike(text: object, pattern: str) -> bool:
    return bool(_pattern(pattern, re.IGNORECASE).fullmatch(str(text)))


def _modulo(value: float, by: float) -> float | None:
    return math.fmod(value, by) if by else None


def _whole(value: object, bits: int) -> int:
    return int(float(str(value))) % (1 << bits)


def _rounded(how: Callable[[float], float]) -> Callable[[float, int], float]:
    def call(value: float, digits: int) -> float:
        scale = 10.0**digits
        return how(value * scale) / scale

    return call


def _substring(text: str, offset: int, length: int) -> str:
    return text[max(offset - 1, 0) :][: max(length, 0)]


def _formatted(form: str, *values: object) -> str:
    parts = form.split("{}")
    texts = [*map(str, values), ""]
    return "".join(part + text for part, text in zip(parts, texts, strict=False))


_SCALARS: dict[str, tuple[int, Callable[..., Any]]] = {
    "ae_to_datetime": (2, _to_datetime),
    "ae_shift": (3, _shift),
    "ae_start": (4, _start),
    "ae_part": (2, _part),
    "ae_format_time": (3, _format),
    "ae_unix": (1, lambda moment: int(_read(moment).timestamp())),
    "ae_yyyymm": (1, lambda moment: int(moment[:4] + moment[5:7])),
    "ae_like": (2, _like),
    "ae_ilike": (2, _ilike),
    "ae_mod": (2, _modulo),
    "ae_divide": (2, lambda a, b: a / b if b else None),
    "ae_int_div": (2, lambda a, b: math.floor(a / b) if b else None),
    "ae_whole": (2, _whole),
    "ae_floor": (2, _rounded(math.floor)),
    "ae_ceil": (2, _rounded(math.ceil)),
    "ae_round": (2, round),
    "ae_log": (1, lambda value: math.log(value) if value > 0 else None),
    "ae_pow": (2, lambda value, power: float(value) ** power),
    "ae_length": (1, lambda text: len(str(text))),
    "ae_lower": (1, lambda text: str(text).lower()),
    "ae_upper": (1, lambda text: str(text).upper()),
    "ae_starts": (2, lambda text, start: str(text).startswith(start)),
    "ae_ends": (2, lambda text, end: str(text).endswith(end)),
    "ae_position": (2, lambda needle, text: str(text).find(needle) + 1),
    "ae_substring": (3, _substring),
    "ae_format": (-1, _formatted),
}


class _Quantile:
    """The value below which a share of the weights lies, exactly: `(share, value, weight)`."""

    def __init__(self) -> None:
        self._share = 0.5
        self._rows: list[tuple[float, float]] = []

    def step(self, share: float, value: float | None, weight: float) -> None:
        self._share = share
        if value is not None:
            self._rows.append((value, weight))

    def finalize(self) -> float | None:
        threshold = self._share * sum(weight for _, weight in self._rows)
        seen = 0.0
        for value, weight in sorted(self._rows):
            seen += weight
            if seen >= threshold:
                return value
        return None


class _Extreme:
    """What stands beside the largest or the smallest value: `(what, value, largest)`."""

    def __init__(self) -> None:
        self._best: tuple[Any, Any] | None = None

    def step(self, what: Any, value: Any, largest: int) -> None:
        if value is None:
            return
        if self._best is None or (value > self._best[1] if largest else value < self._best[1]):
            self._best = (what, value)

    def finalize(self) -> Any:
        return self._best[0] if self._best else None


class _Top:
    """The most frequent values, by weight, as a JSON list: `(how many, value, weight)`."""

    def __init__(self) -> None:
        self._most = 10
        self._weights: dict[Any, float] = {}

    def step(self, most: int, value: Any, weight: float) -> None:
        self._most = most
        self._weights[value] = self._weights.get(value, 0) + weight

    def finalize(self) -> str:
        ranked = sorted(self._weights.items(), key=lambda each: -each[1])
        return json.dumps([value for value, _ in ranked[: self._most]], ensure_ascii=False)


_AGGREGATES = (("ae_quantile", 3, _Quantile), ("ae_extreme", 3, _Extreme), ("ae_top", 3, _Top))
