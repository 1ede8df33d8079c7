"""Expressions of Cloudflare's Rules language: what Cloudflare takes, and what this project does.

The grammar is that of Cloudflare's own parser. It refuses a little that the API takes and takes a
little that the API refuses; `parse` makes up for both. `check` is stricter: it refuses what is
easily read otherwise than it is meant.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import octorules_wirefilter

from planning.expression_tokens import Kind, Token, tokens
from planning.expression_wrapping import for_the_parser
from planning.refusals import RefusedError

LONGEST = 4096
"""Characters that an expression may have."""

RESPONSE_PHASES = frozenset(
    {
        "http_custom_errors",
        "http_log_custom_fields",
        "http_ratelimit_counting",
        "http_response_compression",
        "http_response_firewall_managed",
        "http_response_headers_transform",
    }
)
"""Phases that see the answer. The counting of a rate limit counts as one of its own."""

_TRANSFORMS = frozenset(
    {
        "http_request_dynamic_redirect",
        "http_request_late_transform",
        "http_request_transform",
        "http_response_headers_transform",
    }
)
_FIREWALL = frozenset(
    {
        "http_ratelimit",
        "http_ratelimit_counting",
        "http_request_firewall_custom",
        "http_request_firewall_managed",
    }
)
_ONLY_IN = {
    "cidr": _FIREWALL,
    "cidr6": _FIREWALL,
    "encode_base64": _TRANSFORMS,
    "regex_replace": _TRANSFORMS,
    "remove_query_args": _TRANSFORMS,
    "sha256": _TRANSFORMS,
    "split": frozenset({"http_custom_errors", "http_response_headers_transform"}),
    "to_string": _TRANSFORMS,
    "uuidv4": _TRANSFORMS,
    "wildcard_replace": _TRANSFORMS,
}
"""Functions that only some phases have."""

_JOINED = {"and": "and", "&&": "and", "or": "or", "||": "or", "xor": "xor", "^^": "xor"}
_MATCHES = ("matches", "~")
_HEADERS = re.compile(r"(?:raw\.)?http\.(?:request|response)\.headers")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_PLACE = re.compile(r"\((\d+:\d+)\)")


@dataclass(frozen=True)
class Expression:
    """What an expression uses."""

    text: str
    fields: frozenset[str]
    functions: frozenset[str]
    lists: frozenset[str]
    """Names of lists, without the `$`."""

    patterns: tuple[str, ...]
    """Regular expressions."""


def parse(text: str) -> Expression:
    """Read *text* as Cloudflare does. Raises `RefusedError` with the place and the reason."""
    if not text.strip():
        raise RefusedError("is empty; write when the rule acts, or `true` for always")
    if len(text) > LONGEST:
        raise RefusedError(f"has {len(text)} characters; Cloudflare takes {LONGEST:,}; split it")
    words = tokens(text)
    if text.strip().count("\t") > sum(w.text.count("\t") for w in words if w.kind is Kind.TEXT):
        raise RefusedError(
            "has a tab between words, which is no blank to Cloudflare; write a space"
        )
    if any(word.text == "&" for word in words):
        raise RefusedError("has a single &, which Cloudflare's API refuses; write `and`")
    found = octorules_wirefilter.parse_expression(for_the_parser(text, words))
    if "error" in found:
        raise RefusedError(f"is none that Cloudflare takes: {_reason(found['error'])}; correct it")
    if found.get("depth_exceeded"):
        raise RefusedError("is nested deeper than 99 levels; take brackets away")
    return _facts(text, words, found)


def check(text: str, phase: str) -> Expression:
    """Read *text* for a rule of *phase*, by the rules of this project. Raises `RefusedError`.

    Beyond what `parse` refuses: `and`, `or` and `xor` side by side without brackets, `matches`
    without `r"…"`, names of headers with capitals, functions and fields that *phase* has not, and
    comparisons that never hold.
    """
    found = parse(text)
    words = tokens(text)
    for problem in _problems(found, words, phase):
        raise RefusedError(problem)
    return found


def _facts(text: str, words: Sequence[Token], found: dict[str, Any]) -> Expression:
    return Expression(
        text=text,
        fields=frozenset(found["fields"]) & {word.text for word in words},
        functions=frozenset(found["functions"]),
        lists=frozenset(each.text[1:] for each in words if each.kind is Kind.LIST),
        patterns=tuple(found["regex_literals"]),
    )


def _reason(error: str) -> str:
    """Say in one line what the parser says in several: only its last line has the reason."""
    lines = [line.strip(" ^\t") for line in error.strip().splitlines()]
    place = _PLACE.search(lines[0])
    reason = lines[-1].removeprefix("error: ") or "it cannot be read"
    return f"{reason} (line and column {place[1]})" if place else reason


def _problems(found: Expression, words: Sequence[Token], phase: str) -> Iterator[str]:
    yield from _mixed(words)
    yield from _quoted_patterns(words)
    yield from _header_names(words)
    yield from _decoded_paths(words)
    for field in sorted(found.fields):
        if field.startswith("ip.geoip."):
            new = f"ip.src.{field.removeprefix('ip.geoip.')}"
            yield f"uses {field}, which is deprecated; write {new}"
        if "http.response." in field and phase not in RESPONSE_PHASES:
            yield f"uses {field}, and {phase} runs before there is an answer; look at the request"
    for name in sorted(found.functions & _ONLY_IN.keys()):
        if phase not in _ONLY_IN[name]:
            having = ", ".join(sorted(_ONLY_IN[name]))
            yield f"calls {name}, which {phase} has not; it is for {having}"


def _mixed(words: Sequence[Token]) -> Iterator[str]:
    """Find `and` beside `or`: `a or b and c` is `a or (b and c)`, which few read out of it."""
    levels: list[set[str]] = [set()]
    for word in words:
        if word.kind is Kind.MARK and word.text in "([{,":
            levels.append(set()) if word.text != "," else levels[-1].clear()
        elif word.kind is Kind.MARK and word.text in ")]}" and len(levels) > 1:
            levels.pop()
        elif joined := word.kind is not Kind.TEXT and _JOINED.get(word.text):
            levels[-1].add(joined)
            if len(levels[-1]) > 1:
                both = " and ".join(f"`{each}`" for each in sorted(levels[-1]))
                yield f"has {both} side by side; put brackets around what belongs together"
                return


def _quoted_patterns(words: Sequence[Token]) -> Iterator[str]:
    for operator, pattern in itertools.pairwise(words):
        is_match = operator.kind is not Kind.TEXT and operator.text in _MATCHES
        if is_match and pattern.kind is Kind.TEXT and not pattern.is_raw:
            yield (
                f"has {pattern.text} after {operator.text}, where a backslash is no escape; "
                f'write r"{pattern.content}"'
            )


def _header_names(words: Sequence[Token]) -> Iterator[str]:
    """Find names of headers that never match: Cloudflare holds them in lower case."""
    for place, word in enumerate(words):
        if word.kind is Kind.WORD and _HEADERS.match(word.text):
            for name in _names(word.text, words[place + 1 :]):
                if name.content != name.content.lower():
                    yield (
                        f"looks for the header {name.text}, and names of headers are held in lower "
                        f'case; write "{name.content.lower()}"'
                    )


def _names(field: str, after: Sequence[Token]) -> Iterator[Token]:
    """List texts that are names: `["x"]`, `, "x"` of `has_key`, `[*] eq "x"` of all the names."""
    if field.endswith(".names"):
        members = itertools.takewhile(lambda word: word.kind is not Kind.WORD, after[4:])
        yield from (word for word in members if word.kind is Kind.TEXT)
    elif len(after) > 1 and after[0].text in ("[", ",") and after[1].kind is Kind.TEXT:
        yield after[1]


def _decoded_paths(words: Sequence[Token]) -> Iterator[str]:
    """Find what is looked for encoded in a path that Cloudflare has decoded."""
    for field, value in zip(words, words[2:], strict=False):
        is_path = field.text == "http.request.uri.path" and value.kind is Kind.TEXT
        if is_path and _ENCODED.search(value.content):
            yield (
                f"looks for {value.text} in http.request.uri.path, which is decoded; use "
                f"raw.http.request.uri.path"
            )
