"""Expressions of the Rules language as words: what checks them looks at words, never at text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|r(?P<hashes>\#*)"[\s\S]*?"(?P=hashes))
      | (?P<list>\$[\w.-]*) | (?P<word>[A-Za-z_][\w.]*) | (?P<number>-?[\d][\w.:/]*)
      | (?P<mark>&&|\|\||\^\^|==|!=|<=|>=|\.\.|[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
_GLUED = re.compile(r"(?:and|or|xor|not)(?=[a-z])")
_KEYWORDS = frozenset({"and", "or", "xor", "not"})


class Kind(StrEnum):
    """What a token is."""

    TEXT = "text"
    LIST = "list"
    WORD = "word"
    NUMBER = "number"
    MARK = "mark"


@dataclass(frozen=True)
class Token:
    """A word of an expression as it is written."""

    kind: Kind
    text: str

    @property
    def is_raw(self) -> bool:
        """Whether it is a text of the form `r"…"`."""
        return self.kind is Kind.TEXT and not self.text.startswith('"')

    @property
    def content(self) -> str:
        """Return what stands between the quotes, as it is written."""
        hashes = self.text.index('"')
        end = len(self.text) - max(hashes - 1, 0) - 1
        return self.text[hashes + 1 : end]


def tokens(text: str) -> tuple[Token, ...]:
    """Split *text* into its tokens; what is none is left out, for the parser to refuse."""
    return tuple(_split(text))


def _split(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        kind = next(each for each in Kind if found.group(each) is not None)
        yield from _unglued(Token(kind, found.group(kind)))


def _unglued(token: Token) -> Iterator[Token]:
    """Take apart what needs no blanks: `andssl`, `notssl`."""
    rest = token.text
    if token.kind is Kind.WORD and not _is_name(rest):
        while found := _GLUED.match(rest):
            yield Token(Kind.WORD, found.group())
            rest = rest[found.end() :]
    yield Token(token.kind, rest)


def _is_name(word: str) -> bool:
    return word in _KEYWORDS or not _GLUED.match(word)


def written(parts: Sequence[Token]) -> str:
    """Write tokens as an expression again: with blanks where words need them, none before `[`."""
    text = ""
    for token in parts:
        follows = token.text in ("[", "]") or text.endswith("[")
        text += token.text if follows or not text else f" {token.text}"
    return text
