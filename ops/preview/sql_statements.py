"""The statements of a file of SQL as their words, and names as SQLite compares them.

SQLite's dialect, read in one pass: a plan may hold megabytes of it. Needs nothing but Python.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

_TOKEN = re.compile(
    r"""--[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)"""
    r"""|(?P<quoted>'(?:[^']|'')*+(?:'|\Z)|"(?:[^"]|"")*+(?:"|\Z)|`(?:[^`]|``)*+(?:`|\Z)"""
    r"""|\[[^\]]*+(?:\]|\Z))"""
    r"""|(?P<word>(?!\ufeff)[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*+)|(?P<sign>[();.,=])"""
)
"""What SQLite reads as one thing: all beyond ASCII is part of a name, a mark of UTF-8 is none."""

MOST = 1_000
"""Words of a statement, outside of its brackets, that are looked at."""

HERE = frozenset({"", "main"})
"""Schemas whose tables stay."""

_LOWER = str.maketrans({chr(upper): chr(upper + 32) for upper in range(ord("A"), ord("Z") + 1)})
"""SQLite tells `K` and `k` not apart, and whatever is not ASCII it does."""


def statements(sql: str) -> Iterator[list[str]]:
    """Yield the words of each statement outside of brackets; a trigger ends at its own END.

    What comes after `MOST` words is left out, which whoever reads them has to think of.
    """
    words: list[str] = []
    last: deque[str] = deque(maxlen=2)
    brackets = 0
    for found in _TOKEN.finditer(sql):
        word = found[0]
        if not found.lastgroup:
            continue  # a comment
        if word == ";" and _ends(words, last):
            if words:
                yield words
            words, brackets = [], 0
        elif word == ")":
            brackets -= brackets > 0
        elif not brackets and len(words) < MOST:
            words.append(word)
        brackets += word == "("
        last.append(word)
    if words:
        yield words


def _ends(words: Sequence[str], last: Iterable[str]) -> bool:
    """Return whether `;` ends the statement; within a trigger only behind `; END` it does."""
    return not is_trigger(words) or [word.upper() for word in last] == [";", "END"]


def keyword(word: str) -> str:
    """Return *word* as keywords are compared: none of them is but ASCII."""
    return word.upper() if word.isascii() else word


def is_trigger(words: Sequence[str]) -> bool:
    """Return whether *words* make a trigger, which has statements of its own."""
    head = [word.upper() for word in words[:3]]
    return head[:2] == ["CREATE", "TRIGGER"] or (head[:1] == ["CREATE"] and head[2:] == ["TRIGGER"])


def name_at(words: Sequence[str], at: int) -> tuple[str, int]:
    """Return the name at *at*, and where it ends; with its schema, if that is not the main one."""
    while [word.upper() for word in words[at : at + 1]] in [["IF"], ["NOT"], ["EXISTS"]]:
        at += 1
    schema = ""
    if words[at + 1 : at + 2] == ["."]:
        schema = unquoted(words[at])
        at += 2
    found = unquoted(words[at]) if at < len(words) else ""
    return found if schema in HERE else f"{schema}.{found}", at + 1


def unquoted(word: str) -> str:
    """Return the name that *word* stands for, as SQLite compares it."""
    quote = word[:1]
    if quote in {"'", '"', "`"}:
        word = word[1:].removesuffix(quote).replace(quote * 2, quote)
    elif quote == "[":
        word = word[1:].removesuffix("]")
    return word.translate(_LOWER)
