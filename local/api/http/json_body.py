"""JSON as the API takes it: numbers that are numbers, text that is text, no deeper than it serves.

Everything after this may rely on that: it is kept in records and handed to workers as it is.
"""

import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from local.api.errors import BodyErrors

DEEPEST = 100
"""Levels of lists and objects. Cloudflare's own limit is not known; no request needs a tenth."""

LARGEST_EXACT = 2**53
"""Whole numbers up to here are the same in JavaScript."""


def read_json(body: bytes, errors: BodyErrors) -> Any:
    """Read *body*. Refused: what is no JSON, NaN and infinities, half characters, deep nesting."""
    try:
        value = json.loads(
            body, parse_constant=_no_number, parse_int=_whole, parse_float=_fractional
        )
        # A lone half of a character (\ud800) can be written in JSON and is no text.
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise errors.no_json(_too_deep()) from None
    except UnicodeEncodeError:
        raise errors.no_json("a text has half of a character (a lone surrogate)") from None
    except ValueError as error:
        raise errors.no_json(str(error)) from error
    if _depth(value) > DEEPEST:
        raise errors.no_json(_too_deep())
    return value


def validated(kind: Any, value: Any, errors: BodyErrors) -> Any:
    """Check *value*, read as JSON, against the type *kind*: a text is no number, 1 is not true.

    The error names place and mistake of the first one, never the value.
    """
    try:
        return _adapter(kind).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "body"
        raise errors.wrong_form(f"{place}: {first['msg']}") from error


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number in JSON")


def _whole(text: str) -> int:
    _fractional(text)
    return int(text)


def _fractional(text: str) -> float | int:
    """Read a number. JSON does not tell 5.0 from 5, and neither do we."""
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(f"the number {text[:20]} is larger than any that can be kept")
    exact = number.is_integer() and abs(number) <= LARGEST_EXACT
    return int(number) if exact else number


def _too_deep() -> str:
    return f"lists and objects are nested deeper than {DEEPEST} levels"


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [child for each in level for child in _children(each)]
    return depth


def _children(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value
