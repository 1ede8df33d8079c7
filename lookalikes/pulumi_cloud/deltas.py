"""A checkpoint as the engine sends it to save bytes: as edits of the one that it sent before."""

import hashlib
import json
from typing import Any

from lookalikes.pulumi_cloud.refusals import conflict, invalid

MARK = '"untypedDeployment":'


def verbatim(body: bytes) -> bytes:
    """Return the checkpoint in *body* byte for byte as it was sent: edits count its bytes."""
    text = body.decode()
    try:
        start = text.index(MARK) + len(MARK)
        _, end = json.JSONDecoder().raw_decode(text, start)
    except ValueError:
        raise invalid("untypedDeployment is missing") from None
    return text[start:end].encode()


def edited(before: bytes, edits: list[dict[str, Any]], wanted: str) -> bytes:
    """Return *before* with *edits*, each from a byte to a byte of it.

    Raises `RefusedError` unless the result has the SHA-256 *wanted*: the engine sends all of it
    then.
    """
    pieces, at = [], 0
    for edit in sorted(edits, key=_start):
        pieces += [before[at : _start(edit)], edit["NewText"].encode()]
        at = edit["Span"]["end"]["offset"]
    after = b"".join([*pieces, before[at:]])
    if hashlib.sha256(after).hexdigest() != wanted:
        raise conflict("the edits do not lead to the checkpoint of that hash")
    return after


def _start(edit: dict[str, Any]) -> int:
    return int(edit["Span"]["start"]["offset"])
