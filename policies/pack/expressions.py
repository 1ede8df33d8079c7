"""Expressions of Cloudflare's rules, read as far as rules have to: can they match, how widely.

The grammar is that of developers.cloudflare.com/ruleset-engine/rules-language: comparisons and
functions joined by `and`, `or`, `xor` and `not`. What is not understood narrows, so that no rule
fires on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from policies.pack.hosts import is_wide

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|r\#*"[^"]*"\#*) | (?P<set>\{[^}]*\}) | (?P<mark>[(),])
      | (?P<word>&&|\|\||\^\^|!=|==|<=|>=|[!<>~]|[^\s(),{}"!<>~&|^=]+))""",
    re.VERBOSE,
)
_JOINED = {"and": "and", "&&": "and", "or": "or", "||": "or", "xor": "xor", "^^": "xor"}
_NEGATIONS = ("not", "!")
_COMPARISONS = {
    "eq": "eq", "==": "eq", "ne": "ne", "!=": "ne", "in": "in", "contains": "contains",
    "matches": "matches", "~": "matches", "wildcard": "wildcard", "strict": "wildcard",
    "lt": "lt", "<": "lt", "le": "le", "<=": "le", "gt": "gt", ">": "gt", "ge": "ge", ">=": "ge",
}  # fmt: skip
_SCOPES = re.compile(
    r"http\.host|http\.request\.(?:uri|full_uri)|ip\.src$|raw\.http\.request|cf\.tls_client"
)
_NEVER_EMPTY = re.compile(
    r"http\.host|http\.request\.(?:uri|full_uri|uri\.path)$|http\.request\.method"
)
_WIDE_TEXTS = frozenset(
    {
        "",
        "/",
        ".",
        "*",
        "/*",
        "http",
        "https://",
        "://",
        "^/",
        ".*",
        "^",
        "^.*$",
        "^/.*",
        "https://*",
        "http*://*",
        "https://*/*",
        "*://*",
        "*/*",
    }
)
DEEPEST = 40
MARKS = ("(", ")", ",")


@dataclass(frozen=True)
class _Term:
    """A comparison or a function: its field, its operator and what it is compared with."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class _Joined:
    how: str
    parts: tuple[Expression, ...]


Expression = _Term | _Joined | bool | None
"""None is what was not understood."""


def never_matches(text: str) -> bool:
    """Return whether *text* is surely false: `false`, `http.host eq ""`, `a and false`."""
    return _is_constant(_parse(text), value=False)


def is_scoped(text: str) -> bool:
    """Return whether whatever *text* matches was named by host, path or address.

    `http.host eq "a"` and `ip.src in {192.0.2.7}` name it; `http.host ne "a"`, `ip.src in
    {0.0.0.0/1}` and `cf.bot_management.verified_bot` do not.
    """
    return _is_narrow(_parse(text))


def _is_narrow(expression: Expression) -> bool:
    if expression is None:
        return True
    if isinstance(expression, bool):
        return not expression
    if isinstance(expression, _Term):
        return _names(expression)
    if expression.how == "not":
        return False
    question: Callable[..., bool] = any if expression.how == "and" else all
    return question(map(_is_narrow, expression.parts))


def _names(term: _Term) -> bool:
    if not _SCOPES.match(term.field):
        return False
    if term.operator not in (
        "eq",
        "in",
        "contains",
        "matches",
        "wildcard",
        "starts_with",
        "ends_with",
    ):
        return False
    return bool(term.values) and not any(_is_everything(value) for value in term.values)


def _is_everything(value: str) -> bool:
    return value in _WIDE_TEXTS or is_wide(value)


def _is_constant(expression: Expression, *, value: bool) -> bool:
    if isinstance(expression, bool):
        return expression is value
    if isinstance(expression, _Term):
        return _is_always(expression) if value else _is_never(expression)
    if expression is None:
        return False
    if expression.how == "not":
        return _is_constant(expression.parts[0], value=not value)
    if expression.how == "xor":
        return False
    decides = any if (expression.how == "or") is value else all
    return decides(_is_constant(part, value=value) for part in expression.parts)


def _is_never(term: _Term) -> bool:
    if term.operator == "in" and not term.values:
        return True
    return term.operator == "eq" and term.values == ("",) and bool(_NEVER_EMPTY.match(term.field))


def _is_always(term: _Term) -> bool:
    if term.operator == "ne":
        return term.values == ("",) and bool(_NEVER_EMPTY.match(term.field))
    if term.operator == "in" and term.field == "ip.src":
        return {"0.0.0.0/0", "::/0"} <= set(term.values)
    begins = term.operator in ("contains", "starts_with", "wildcard", "matches")
    return begins and len(term.values) == 1 and term.values[0] in _WIDE_TEXTS


def _parse(text: str) -> Expression:
    tokens = [found.group(found.lastgroup or 0).strip() for found in _TOKEN.finditer(text)]
    parser = _Parser(tokens)
    found = parser.either(0)
    return found if parser.ended else None


class _Parser:
    """Reads tokens from left to right; None wherever something is not as expected."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at == len(self._tokens)

    def either(self, depth: int) -> Expression:
        """Read parts joined by `or`, `xor`, and, which binds closer, `and`."""
        return self._joined(("or", "xor"), lambda: self._joined(("and",), lambda: self._one(depth)))

    def _joined(self, how: tuple[str, ...], read: Callable[[], Expression]) -> Expression:
        parts, joint = [read()], how[0]
        while _JOINED.get(self._next.lower()) in how:
            joint = _JOINED[self._take().lower()]
            parts.append(read())
        return parts[0] if len(parts) == 1 else _Joined(joint, tuple(parts))

    def _one(self, depth: int) -> Expression:
        if depth > DEEPEST:
            return None
        if self._next.lower() in _NEGATIONS:
            self._take()
            return _Joined("not", (self._one(depth + 1),))
        if self._next == "(":
            self._take()
            inner = self.either(depth + 1)
            return inner if self._take() == ")" else None
        return self._term()

    def _term(self) -> Expression:
        field = self._take().lower()
        if self._next == "(":
            values = self._arguments()
            if field in ("starts_with", "ends_with") and len(values) > 1:
                return _Term(values[0].lower(), field, (_plain(values[1]),))
            field = values[0].lower() if values else field
        if self._next.lower() not in _COMPARISONS:
            return {"true": True, "false": False}.get(field, _Term(field, "is", ()))
        operator = _COMPARISONS[self._take().lower()]
        if operator == "wildcard" and self._next.lower() == "wildcard":
            self._take()
        return _Term(field, operator, _members(self._take()))

    def _arguments(self) -> list[str]:
        """Read `(a, b)` flat: what stands in functions within is an argument too."""
        found, depth = [], 0
        while not self.ended:
            token = self._take()
            depth += {"(": 1, ")": -1}.get(token, 0)
            if depth == 0:
                break
            if token not in MARKS:
                found.append(token)
        return found

    @property
    def _next(self) -> str:
        return "" if self.ended else self._tokens[self._at]

    def _take(self) -> str:
        token, self._at = self._next, min(self._at + 1, len(self._tokens))
        return token


def _members(token: str) -> tuple[str, ...]:
    if not token.startswith("{"):
        return (_plain(token),)
    return tuple(_plain(each) for each in re.findall(r'"[^"]*"|[^\s{},]+', token))


def _plain(token: str) -> str:
    return token.lstrip("r#").rstrip("#").strip('"') if '"' in token else token
