"""Text form of Cap'n Proto values, as far as a workerd configuration needs it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRINTABLE = range(0x20, 0x7F)


@dataclass(frozen=True)
class Embed:
    """The content of a file, read by workerd itself when it starts."""

    path: Path


@dataclass(frozen=True)
class Bare:
    """A word that stands without quotes, such as `void`."""

    word: str


def quote(text: str) -> str:
    """Write *text* as a literal, byte by byte, so that nothing in it can end the literal."""
    return '"' + "".join(_escape(byte) for byte in text.encode()) + '"'


def _escape(byte: int) -> str:
    if byte in b'"\\':
        return "\\" + chr(byte)
    return chr(byte) if byte in PRINTABLE else f"\\x{byte:02x}"


def render(value: Any, directory: Path) -> str:  # noqa: PLR0911  # one case a type
    """Write *value* as a literal: a mapping is a struct, a sequence a list.

    *directory* is where the text will be read from: workerd takes an absolute path in `embed` for
    an import path, so embedded files are named relative to it. A field that is `None` is left out.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return quote(value)
        case Bare(word):
            return word
        case Embed(path):
            return "embed " + quote(os.path.relpath(path, directory))
        case Mapping():
            return _struct(value, directory)
        case Sequence():
            return "[" + ",\n".join(render(item, directory) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} has no Cap'n Proto form")


def _struct(fields: Mapping[str, Any], directory: Path) -> str:
    written = (
        f"{name} = {render(value, directory)}"
        for name, value in fields.items()
        if value is not None
    )
    return "(" + ", ".join(written) + ")"
