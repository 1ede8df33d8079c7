"""Cron expressions as Cloudflare reads them: five fields, UTC, weekdays 1 (Sunday) to 7."""

import re
from dataclasses import dataclass

from planning.refusals import RefusedError

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True)
class _Field:
    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()
    special: str = r"(?!)"

    def number(self, text: str) -> int:
        if text.upper() in self.words:
            return self.words.index(text.upper()) + self.least
        if not text.isascii() or not text.isdigit() or not self.least <= int(text) <= self.most:
            raise RefusedError(f"{self.name} {text!r} is not one of {self.least} to {self.most}")
        return int(text)


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31, special=r"L(-\d+)?W?|\d+W"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 1, 7, _DAYS, special=r"\w+L|\w+#[1-5]|L"),
)


def check_cron(expression: str) -> str:
    """Give *expression* back, or refuse it with the field that is wrong."""
    parts = expression.split()
    if len(parts) != len(_FIELDS):
        raise RefusedError(
            f"a cron expression has {len(_FIELDS)} fields (minute hour day month weekday), "
            f"this one has {len(parts)}"
        )
    for field, part in zip(_FIELDS, parts, strict=True):
        for item in part.split(","):
            _check_item(field, item)
    return " ".join(parts)


def _check_item(field: _Field, item: str) -> None:
    if re.fullmatch(field.special, item, re.IGNORECASE):
        return
    span, slash, step = item.partition("/")
    if slash and not (step.isascii() and step.isdigit() and 1 <= int(step) <= field.most):
        raise RefusedError(f"the step {step!r} of {field.name} is not one of 1 to {field.most}")
    if span == "*":
        return
    first, dash, last = span.partition("-")
    low = field.number(first)
    if dash and field.number(last) < low:
        raise RefusedError(f"the range {span!r} of {field.name} runs backwards")
