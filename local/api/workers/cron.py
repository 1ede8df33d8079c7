"""Cron expressions as Cloudflare reads them: five fields, days of the week from 1 (Sunday)."""

import re

from local.api.workers import errors

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
FIELDS = {
    "minute": (0, 59, []),
    "hour": (0, 23, []),
    "day of month": (1, 31, []),
    "month": (1, 12, MONTHS),
    "day of week": (1, 7, DAYS),
}
ELEMENT = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")
QUARTZ = {
    "day of month": re.compile(r"L|LW|L-([1-9]|[12]\d|30)|([1-9]|[12]\d|3[01])W"),
    "day of week": re.compile(r"L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])"),
}


def check_cron(cron: str) -> None:
    """Refuse what Cloudflare would; the error names the field."""
    fields = cron.split()
    if len(fields) != len(FIELDS):
        raise errors.invalid_cron(cron, f"has {len(fields)} fields, not {len(FIELDS)}")
    for name, field in zip(FIELDS, fields, strict=True):
        for element in field.upper().split(","):
            _check(cron, name, element)


def _check(cron: str, name: str, element: str) -> None:
    if name in QUARTZ and QUARTZ[name].fullmatch(element):
        return
    match = ELEMENT.fullmatch(element)
    if match is None or (match["first"] == "*" and match["last"]):
        raise errors.invalid_cron(cron, f"{name} cannot be {element!r}")
    ends = [_number(cron, name, end) for end in (match["first"], match["last"]) if end]
    if match["first"] != "*" and ends != sorted(ends):
        raise errors.invalid_cron(cron, f"{name} {element!r} runs backwards")
    if match["step"] is not None and int(match["step"]) == 0:
        raise errors.invalid_cron(cron, f"{name} {element!r} has a step of 0")


def _number(cron: str, name: str, text: str) -> int:
    least, most, words = FIELDS[name]
    if text == "*":
        return least
    if text in words:
        return words.index(text) + 1
    if not text.isdecimal() or not least <= int(text) <= most:
        raise errors.invalid_cron(cron, f"{name} is {text!r}, not {least} to {most}")
    return int(text)
