"""What is stored, as text that a page can show: without secrets first, then cut."""

from typing import Any

from common.json_types import Json
from local.api.http.call import Call

LONGEST_VALUE = 64 * 1024
"""Characters of one value that are shown."""

LONGEST_CELL = 500
"""Characters of a value that are shown in a table."""

NOT_SHOWN = "\N{MIDDLE DOT}"
"""Stands for what cannot be printed."""


def content(call: Call, value: bytes) -> Json:
    """Show *value*: its beginning as text, how many bytes it has, whether all of it is text."""
    text = value.decode(errors="replace")
    shown = _clean(call, text)
    return {
        "text": shown[:LONGEST_VALUE],
        "size": len(value),
        "cut": len(shown) > LONGEST_VALUE,
        "is_text": "\ufffd" not in text and "\0" not in text,
    }


def cell(call: Call, value: Any) -> str | float | None:
    """Show *value* of a row; a BLOB, which comes as a list of bytes, as the text that is in it."""
    if isinstance(value, list):
        return f"({len(value)} bytes) {_cut(_clean(call, bytes(value).decode(errors='replace')))}"
    return _cut(_clean(call, value)) if isinstance(value, str) else value


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}… ({len(text)} characters)"


def _clean(call: Call, text: str) -> str:
    """Take secrets out before anything else: half of one would no longer be known."""
    known: str = call.state.runtime.without_secrets(text)
    return "".join(each if each.isprintable() or each in "\n\r\t" else NOT_SHOWN for each in known)
