"""What is stored, as text that a page can show: without secrets first, then cut."""

from collections.abc import Sized
from typing import Any

from common.json_types import Json
from local.api.http.call import Call

LONGEST_READ = 1024 * 1024
"""Bytes of one value that are looked at. More than is shown, so that no half of a secret is."""

LONGEST_VALUE = 64 * 1024
"""Characters of one value that are shown."""

LONGEST_CELL = 500
"""Characters of a value that are shown in a table."""

CELL_READ = 16 * 1024
"""Characters or bytes of a value that are read for a table."""

REPLACED = "\ufffd"
"""Stands for bytes that are no UTF-8."""

NOT_SHOWN = "\N{MIDDLE DOT}"
"""Stands for what cannot be printed."""


def content(call: Call, value: bytes) -> Json:
    """Show *value*: its beginning as text, how many bytes it has, whether that is text."""
    text = value[:LONGEST_READ].decode(errors="replace")
    if len(value) > LONGEST_READ:
        text = text.removesuffix(REPLACED)  # of a character that was cut
    known = _without_secrets(call, text)
    return {
        "text": _printable(known[:LONGEST_VALUE]),
        "size": len(value),
        "cut": len(known) > LONGEST_VALUE or len(value) > LONGEST_READ,
        "is_text": REPLACED not in text and "\0" not in text,
    }


def cell(call: Call, value: Any) -> str | float | None:
    """Show *value* of a row; a BLOB, which comes as a list of bytes, as the text that is in it."""
    if isinstance(value, list):
        text = bytes(value).decode(errors="replace")
        return f"({_counted(value, 'bytes')}) {_cut(call, text)}"
    return _cut(call, value) if isinstance(value, str) else value


def _cut(call: Call, text: str) -> str:
    """Take secrets out before anything else: half of one would no longer be known."""
    known = _without_secrets(call, text)
    if len(known) <= LONGEST_CELL:
        return _printable(known)
    return f"{_printable(known[:LONGEST_CELL])}… ({_counted(text, 'characters')})"


def _counted(value: Sized, what: str) -> str:
    """Say how long *value* is, of which one more is read than counts."""
    length = len(value)
    return f"{length} {what}" if length <= CELL_READ else f"more than {CELL_READ} {what}"


def _without_secrets(call: Call, text: str) -> str:
    known: str = call.state.runtime.without_secrets(text)
    return known


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() or each in "\n\r\t" else NOT_SHOWN for each in text)
