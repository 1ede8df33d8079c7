"""What makes two errors the same: their words without what differs each time, and where they began.

A deployment moves lines, so a place is a function and a file, never a line.
"""

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import unquote

from ops.monitoring import log_redaction
from ops.preview import untrusted_text

LENGTH = 12
"""Hexadecimal digits of a fingerprint."""

LIMIT = 160
"""Characters that are kept of a message."""

VARIABLE = (
    (re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>)]+", re.IGNORECASE), "<url>"),
    (log_redaction.QUERY, "?<query>"),
    (log_redaction.MAIL, "<email>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?"), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"), "<address>"),
    (re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"), "<address>"),
    (re.compile(r"\"(?:[^\"\\]|\\.)*\"|(?<!\w)'(?:[^'\\]|\\.)*'(?!\w)|`[^`]*`"), "<text>"),
    (re.compile(r"(?<![\w~+=%-])(?=[\w~+=%-]*\d)(?=[\w~+=%-]*[A-Za-z])[\w~+=%-]{6,}"), "<id>"),
    (re.compile(r"(?<![\w<])[-+]?\d[\d,]*(?:\.\d+)?"), "<n>"),
)
"""What differs from one error to the next, in the order in which it is looked for."""

_FRAME = re.compile(
    r"^\s*at\s+(?:(?:async|new)\s+)?(?:(?P<name>[^\s(]+)\s+\()?(?P<place>[^()\s]+)\)?"
)
_POSITION = re.compile(r":\d+(?::\d+)?$")
_NOT_OURS = ("node:", "cloudflare:", "<anonymous>", "native")


def template(message: str) -> str:
    """Return *message* on one line without what differs each time, and without a credential."""
    said = log_redaction.without_credentials(
        untrusted_text.clean(message, untrusted_text.LOOKED_AT)
    )
    for pattern, placeholder in VARIABLE:
        said = pattern.sub(placeholder, said)
    return untrusted_text.message(said, LIMIT)


def top_frame(stack: str) -> str:
    """Return function and file in which *stack* begins, without lines; "" where it says none.

    Frames of the runtime itself are passed over.
    """
    for line in stack.splitlines():
        found = _FRAME.match(line)
        if found and not found["place"].startswith(_NOT_OURS):
            address = re.split(r"[?#]", found["place"])[0]
            file = unquote(_POSITION.sub("", address)).rpartition("/")[2]
            return untrusted_text.clean(" ".join(filter(None, (found["name"], file))))
    return ""


def fingerprint(parts: Iterable[str]) -> str:
    """Return the fingerprint of an error whose *parts* are always the same."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:LENGTH]
