"""How many API tokens a worker may be given, and how their list is spread over its secrets."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from planning.refusals import RefusedError
from planning.text_limits import LARGEST

Entry = Mapping[str, Any]
"""What a worker knows of a token."""

MOST = 16
"""Secrets that the list may take of a worker: a quarter of the 64 variables and secrets that it may
have on Workers Free, an eighth of the 128 on Workers Paid."""

FIRST = "API_TOKENS"


def name_of(index: int) -> str:
    """Return what the secret *index*, from 0 on, is called; the worker reads them in this order."""
    return f"{FIRST}_{index + 1}" if index else FIRST


NAMES = tuple(name_of(index) for index in range(MOST))
"""Every name that the list may take."""


def spread(entries: Sequence[Entry]) -> list[str]:
    """Return *entries*, in order, as JSON lists that each fit into a secret; no entry is cut.

    Raises `RefusedError` for an entry that fits into none.
    """
    lists: list[list[str]] = [[]]
    for index, entry in enumerate(entries):
        text = _written(entry)
        _check_entry(index, text)
        if len(_joined([*lists[-1], text])) > LARGEST:
            lists.append([])
        lists[-1].append(text)
    return [_joined(each) for each in lists]


def check_room(entries: Sequence[Entry], scopes: Sequence[str]) -> None:
    """Refuse more *entries* than a worker may be given.

    There has to be room for one more with all *scopes*: a system may add a token of its own.
    """
    own = {"id": "x" * 64, "sha256": "0" * 64, "scopes": list(scopes)}
    texts = spread([*entries, own])
    if len(texts) > MOST:
        size = len(_written(list(entries)))
        raise RefusedError(
            f"takes {size:,} bytes and a worker is given {MOST} secrets of {LARGEST:,} for it, "
            f"each of whole tokens, with room for one of its own; revoke some of the "
            f"{len(entries)} tokens, the expired ones first (python -m ops token list), "
            f"or make them of fewer scopes or owners"
        )


def _check_entry(index: int, text: str) -> None:
    size = len(_joined([text]))
    if size > LARGEST:
        raise RefusedError(
            f"token [{index}] takes {size:,} bytes and a secret of a worker takes {LARGEST:,}; "
            f"bind it to fewer owners"
        )


def _written(value: object) -> str:
    """Write *value* in ASCII alone: a character is a byte."""
    return json.dumps(value, separators=(",", ":"))


def _joined(texts: Sequence[str]) -> str:
    return f"[{','.join(texts)}]"
