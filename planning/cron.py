"""Cron expressions as Cloudflare reads them: five fields, UTC, weekdays 1 (Sunday) to 7.

The grammar is that of Cloudflare's parser and of workerd's, where they differ what both take: a
range that runs backwards and a `*` within a list are refused, for the first takes them and reads
them otherwise than they look. So is what never comes, which workerd does not start with.
"""

import re
from dataclasses import dataclass

from planning.refusals import RefusedError


@dataclass(frozen=True)
class _Field:
    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()
    alone: str = ""

    def number(self, text: str) -> int:
        if text.upper() in self.words:
            return self.words.index(text.upper()) + self.least
        if not _is_number(text, self.least, self.most):
            raise RefusedError(
                f"{self.name} {text!r} is not one of {self.least} to {self.most}{self.alone}"
            )
        return int(text)


_MINUTE = _Field("minute", 0, 59)
_HOUR = _Field("hour", 0, 23)
_DAY = _Field("day of the month", 1, 31, alone="; L, LW, L-3 and 15W stand alone")
_MONTH = _Field(
    "month",
    1,
    12,
    ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
_WEEKDAY = _Field(
    "day of the week",
    1,
    7,
    ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"),
    alone="; L, 6L and MON#2 stand alone",
)
_FIELDS = 5
_LARGEST_OFFSET = 30
_WEEKS = 5
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month, in the years when it has most."""


def check_cron(expression: str) -> str:
    """Return *expression* with one space between its fields, or refuse it with the field."""
    parts = [part for part in re.split(r"[ \t]", expression) if part]
    if len(parts) != _FIELDS:
        raise RefusedError(
            f"a cron expression has {_FIELDS} fields (minute hour day month weekday), "
            f"this one has {len(parts)}"
        )
    minute, hour, day, month, weekday = parts
    _values(_MINUTE, minute)
    _values(_HOUR, hour)
    first_day, months = _first_day(day), _values(_MONTH, month)
    _check_weekday(weekday)
    if weekday == "*" and first_day > max(_LONGEST[each - 1] for each in months):
        raise RefusedError(f"day of the month {day!r} never comes in month {month!r}")
    return " ".join(parts)


def _values(field: _Field, text: str) -> set[int]:
    """Return the values that a list of numbers, ranges and steps names."""
    items = text.split(",")
    if "*" in items[1:] or (items[0] == "*" and items[1:]):
        raise RefusedError(f"{field.name} {text!r} has * in a list; * stands alone")
    return {value for item in items for value in _item(field, item)}


def _item(field: _Field, item: str) -> range:
    span, slash, step = item.partition("/")
    if slash and not _is_number(step, 1, field.most - field.least):
        raise RefusedError(
            f"the step {step!r} of {field.name} is not one of 1 to {field.most - field.least}"
        )
    if span == "*":
        return range(field.least, field.most + 1, int(step or 1))
    low, dash, high = span.partition("-")
    first = field.number(low)
    last = field.number(high) if dash else field.most if slash else first
    if last < first:
        raise RefusedError(f"the range {span!r} of {field.name} runs backwards")
    return range(first, last + 1, int(step or 1))


def _first_day(text: str) -> int:
    """Return how many days a month has at least in which *text* comes."""
    if text in {"L", "LW"}:
        return 1
    from_last = re.fullmatch(r"L-(.+?)W?", text)
    if from_last:
        if not _is_number(from_last[1], 1, _LARGEST_OFFSET):
            raise RefusedError(
                f"{_DAY.name} {text!r} is not L-1 to L-{_LARGEST_OFFSET}, with or without W"
            )
        return int(from_last[1]) + 1
    if text.endswith("W"):
        return _DAY.number(text.removesuffix("W"))
    return min(_values(_DAY, text))


def _check_weekday(text: str) -> None:
    day, sharp, nth = text.partition("#")
    if sharp:
        _WEEKDAY.number(day)
        if not _is_number(nth, 1, _WEEKS):
            raise RefusedError(f"{_WEEKDAY.name} {text!r} is not #1 to #{_WEEKS}")
    elif text.endswith("L"):
        _WEEKDAY.number(text.removesuffix("L") or "7")
    else:
        _values(_WEEKDAY, text)


def _is_number(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdigit() and least <= int(text) <= most
