"""The parameter `filter` as both clients send it: `name eq "…"`, `title eq "…"`, `title co "…"`."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from lookalikes.onepassword_connect.errors import invalid

Json = Mapping[str, Any]
Matches = Callable[[Json], bool]

_PARAMETER = "filter"
_FORM = re.compile(r'(?P<field>[a-zA-Z]+) (?P<operator>[a-zA-Z]+) "(?P<text>.*)"', re.DOTALL)
_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda value, text: value == text,
    "co": lambda value, text: text in value,
}

VAULTS = {"name": "name", "title": "name"}
"""Fields of vaults that are looked at: one client says `name`, the other `title`."""

ITEMS = {"title": "title", "tag": "tags"}
"""Fields of items that are looked at."""


def read_filter(query: str, fields: Mapping[str, str]) -> Matches:
    """Return what the raw *query* of an address lets through; all of it without a filter.

    A quote in a text is not escaped by the clients: the text is what stands between the first and
    the last one. A `+` is a plus, for they write a blank as `%20`.
    """
    given = [each.partition("=") for each in query.split("&")]
    texts = [unquote(value) for name, _, value in given if name == _PARAMETER]
    if not texts:
        return lambda _: True
    return _parsed(texts[0], fields)


def _parsed(text: str, fields: Mapping[str, str]) -> Matches:
    found = _FORM.fullmatch(text)
    if found is None or found["field"] not in fields or found["operator"] not in _OPERATORS:
        known = ", ".join(fields)
        raise invalid(f'Invalid filter: write <field> eq "<text>", of the fields {known}')
    field, holds = fields[found["field"]], _OPERATORS[found["operator"]]

    def matches(each: Json) -> bool:
        value = each.get(field, "")
        values = value if isinstance(value, list) else [value]
        return any(holds(one, found["text"]) for one in values)

    return matches
