"""Whether a rule of a zone may act on a host, by what its expression says of hosts.

Everything else in an expression, paths and addresses, is left open: an answer is yes, no or
perhaps, and only what is surely no is left out.
"""

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from planning.expression_tokens import Kind, Token, tokens

Verdict = bool | None
"""`None` is perhaps."""

HOST = "http.host"
_JOINS = {"or": "or", "||": "or", "xor": "xor", "^^": "xor", "and": "and", "&&": "and"}
_NOT = ("not", "!")
_EQUALS = {"eq": True, "==": True, "ne": False, "!=": False}


def may_act(expression: str, host: str) -> bool:
    """Return whether a rule with *expression* may act on some request for *host*."""
    words = [word for word in tokens(expression) if word.text.strip()]
    return _Reader(words, host.lower()).whole() is not False


class _Reader:
    """Reads an expression from left to right. `and` binds closer than `xor`, that than `or`."""

    def __init__(self, words: Sequence[Token], host: str) -> None:
        self._words = words
        self._at = 0
        self._host = host

    def whole(self) -> Verdict:
        found = self._either()
        return found if self._at == len(self._words) else None

    def _either(self) -> Verdict:
        return self._joined("or", lambda: self._joined("xor", self._both, _xor), _or)

    def _both(self) -> Verdict:
        return self._joined("and", self._one, _and)

    def _joined(
        self,
        how: str,
        read: Callable[[], Verdict],
        join: Callable[[Verdict, Verdict], Verdict],
    ) -> Verdict:
        found = read()
        while self._is_join(how):
            self._at += 1
            found = join(found, read())
        return found

    def _one(self) -> Verdict:
        if self._text in _NOT:
            self._at += 1
            found = self._one()
            return None if found is None else not found
        if self._text == "(":
            self._at += 1
            inner = self._either()
            self._skip_to_close()
            return inner
        return self._term()

    def _term(self) -> Verdict:
        """Read one comparison: all words up to the next one that joins, on the same level."""
        begin, depth = self._at, 0
        while self._at < len(self._words):
            depth += _deeper(self._words[self._at])
            if depth < 0 or (depth == 0 and self._at > begin and self._joins()):
                break
            self._at += 1
        return _of_host(self._words[begin : self._at], self._host)

    def _skip_to_close(self) -> None:
        while self._at < len(self._words) and self._text != ")":
            self._at += 1
        self._at += 1

    def _joins(self) -> bool:
        return any(self._is_join(how) for how in ("or", "xor", "and"))

    def _is_join(self, how: str) -> bool:
        is_word = self._at < len(self._words) and self._words[self._at].kind is not Kind.TEXT
        return is_word and _JOINS.get(self._text) == how

    @property
    def _text(self) -> str:
        return self._words[self._at].text if self._at < len(self._words) else ""


def _deeper(word: Token) -> int:
    """Say by how many levels *word* leads deeper; a bracket in a text leads nowhere."""
    if word.kind is Kind.TEXT:
        return 0
    return {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(word.text, 0)


def _of_host(term: Sequence[Token], host: str) -> Verdict:
    """Judge a comparison where it is one of the host, and a plain `true` or `false`."""
    if len(term) == 1:
        return {"true": True, "false": False}.get(term[0].text)
    if len(term) < 3 or term[0].text != HOST:  # noqa: PLR2004 - field, operator, value
        return None
    operator, values = term[1].text, [w.content for w in term[2:] if w.kind is Kind.TEXT]
    if not values:
        return None
    return _compared(operator, values, host)


def _compared(operator: str, values: Sequence[str], host: str) -> Verdict:
    if operator in _EQUALS:
        return (host == values[0].lower()) is _EQUALS[operator]
    if operator == "in":
        return host in [value.lower() for value in values]
    if operator == "contains":
        return values[0].lower() in host
    if operator in ("wildcard", "strict"):
        return fnmatchcase(host, re.sub(r"[\[?]", lambda m: f"[{m[0]}]", values[-1].lower()))
    return None


def _or(one: Verdict, other: Verdict) -> Verdict:
    if one is True or other is True:
        return True
    return None if None in (one, other) else False


def _and(one: Verdict, other: Verdict) -> Verdict:
    if one is False or other is False:
        return False
    return None if None in (one, other) else True


def _xor(one: Verdict, other: Verdict) -> Verdict:
    return None if one is None or other is None else one is not other
