"""What Cloudflare's parser refuses and its API takes, put so that the parser can check the rest."""

from collections.abc import Callable, Mapping, Sequence

from planning.expression_tokens import Kind, Token, tokens, written

TRUE = tokens("ssl")
"""Any truth that the parser knows."""

Arguments = list[tuple[Token, ...]]


def _first(count: int) -> Callable[[Arguments], Arguments]:
    return lambda given: given[:count]


def _third(given: Arguments) -> Arguments:
    return [*given, tokens("1")] if len(given) == 2 else given  # noqa: PLR2004


def _looked_up(given: Arguments) -> Arguments:
    """Keep one key: the parser has no more than one, and none that is a number."""
    return [*given[:1], tokens('"a"')] if len(given) > 1 else given


_REWRITTEN: Mapping[str, Callable[[Arguments], Arguments]] = {
    "lookup_json_integer": _looked_up,
    "lookup_json_string": _looked_up,
    "split": _third,
    "substring": _third,
    "url_decode": _first(1),
}
_UNCHECKED = frozenset({"is_timed_hmac_valid_v0"})
"""Functions that the parser knows in no form that the API takes: a truth stands for a call."""

_WRAPPED = frozenset({*_REWRITTEN, *_UNCHECKED, "true", "false"})


def for_the_parser(text: str, words: Sequence[Token]) -> str:
    """Return *text*, whose tokens are *words*, as the parser reads it; where it can, as it is."""
    if not any(word.kind is Kind.WORD and word.text in _WRAPPED for word in words):
        return text
    return written(_wrapped(words))


def _wrapped(words: Sequence[Token]) -> tuple[Token, ...]:
    made: list[Token] = []
    place = 0
    while place < len(words):
        put, place = _one(words, place)
        made += put
    return tuple(made)


def _one(words: Sequence[Token], place: int) -> tuple[Sequence[Token], int]:
    """Return what stands for the token at *place*, and where the next one is."""
    word = words[place]
    if word.kind is Kind.WORD and word.text in ("true", "false"):
        return TRUE, place + 1
    is_call = word.kind is Kind.WORD and place + 1 < len(words) and words[place + 1].text == "("
    if not is_call or word.text not in _WRAPPED:
        return (word,), place + 1
    given, after = _arguments(words, place + 2)
    if word.text in _UNCHECKED:
        return TRUE, after
    return (word, *_call(_REWRITTEN[word.text](given))), after


def _call(arguments: Arguments) -> list[Token]:
    comma = tokens(",")
    listed = [word for each in arguments for word in (*comma, *_wrapped(each))]
    return [*tokens("("), *listed[1:], *tokens(")")]


def _arguments(words: Sequence[Token], place: int) -> tuple[Arguments, int]:
    """Read arguments up to the closing bracket; return them and where the next token is."""
    given: Arguments = []
    depth, begun = 0, place
    for at in range(place, len(words)):
        mark = words[at].text if words[at].kind is Kind.MARK else ""
        if depth == 0 and mark in (",", ")"):
            given += [tuple(words[begun:at])] if at > begun else []
            begun = at + 1
            if mark == ")":
                return given, at + 1
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(mark, 0)
    return given, len(words)
