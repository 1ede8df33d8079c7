"""The envelope of API v4 and its paging."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from common.json_types import Json
from local.api.errors import ApiError, invalid_request

MAX_PER_PAGE = 1000

LONGEST_NUMBER = 20
"""Digits that are read of a number; Python refuses thousands of them by an error of its own."""


@dataclass(frozen=True)
class Result:
    """A successful answer that is more than its result: paging information, a status."""

    body: Any
    info: Mapping[str, Any] | None = None
    status: int = 200


def success(answer: Any) -> Response:
    """Wrap what a handler returned; a `Response` stays as it is."""
    if isinstance(answer, Response):
        return answer
    result = answer if isinstance(answer, Result) else Result(answer)
    envelope: Json = {
        "success": True,
        "errors": [],
        "messages": [],
        "result": result.body,
    }
    if result.info is not None:
        envelope["result_info"] = dict(result.info)
    return JSONResponse(envelope, result.status)


def failure(error: ApiError) -> Response:
    """Wrap an error. Clients are told not to repeat what will fail again."""
    envelope = {
        "success": False,
        "errors": [{"code": error.code, "message": error.message}],
        "messages": [],
        "result": None,
    }
    return JSONResponse(envelope, error.status, {"x-should-retry": "false"})


def page(items: Sequence[Any], query: Mapping[str, str], per_page: int = 20) -> Result:
    """Cut one page out of *items* by the parameters `page` (from 1) and `per_page`."""
    number = whole_number(query, "page", 1)
    size = whole_number(query, "per_page", per_page, most=MAX_PER_PAGE)
    cut = list(items[(number - 1) * size : number * size])
    info = {
        "page": number,
        "per_page": size,
        "count": len(cut),
        "total_count": len(items),
        "total_pages": -(-len(items) // size),
    }
    return Result(cut, info)


def whole_number(
    query: Mapping[str, str], name: str, default: int, *, least: int = 1, most: int = 10**9
) -> int:
    """Read parameter *name*; refused when it is no whole number of *least* to *most*."""
    text = query.get(name, str(default))
    is_number = text.isdecimal() and len(text) <= LONGEST_NUMBER
    if not is_number or not least <= int(text) <= most:
        raise invalid_request(
            f"parameter {name} is {_beginning(text)}; give a whole number from {least} to {most}"
        )
    return int(text)


def _beginning(text: str) -> str:
    """Quote the beginning of *text*: an address may be long."""
    return repr(text if len(text) <= LONGEST_NUMBER else f"{text[:LONGEST_NUMBER]}…")


def seconds(query: Mapping[str, str], name: str) -> float:
    """Read parameter *name*, in seconds since 1970, 0 without it; refused when it is none."""
    text = query.get(name, "0")
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < math.inf:
        raise invalid_request(f"parameter {name} is {text!r}; give seconds since 1970")
    return found
