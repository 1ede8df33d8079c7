"""What the engine says, condensed: one clear sentence an error, and no traceback."""

import re

from ops.engine.resources import describe, short_type, what_is_lost

_COLOR = re.compile(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m")
_TRACEBACK_HEAD = "Traceback (most recent call last):"
_TRACEBACK = re.compile(r"Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*")
_PREFIXES = (
    "an unhandled error occurred: ",
    "python inline source runtime error: ",
    "Program failed with an unhandled exception:",
    "Preview failed: ",
    "update failed: ",
    "error: ",
)
_RPC = re.compile(r"rpc error: code = \w+ desc = |Exception calling application: ")
_CHECKED = re.compile(r"property (\S+) value \{.*\} has a problem: ", re.DOTALL)
"""The engine repeats the whole value of a property that a provider refuses."""

_REPLACED = re.compile(r'unable to replace resource "([^"]+)"')
_DELETED = re.compile(r'resource "([^"]+)" cannot be deleted')
_SAYS_NOTHING = frozenset(
    (
        *("preview failed", "update failed", "refresh failed", "destroy failed"),
        "Resource monitor has terminated, shutting down",  # the program hears so of another's error
    )
)
_OWN_EXCEPTION = re.compile(r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Refused)\w*: ")
GUIDE = "docs/architecture.md#what-holds-data"


def condense(message: str) -> str:
    """Return what *message* says to a user, without what it says to a programmer."""
    text = _COLOR.sub("", message).strip()
    text = _without_prefixes(text)
    text = _without_traceback(text)
    text = _CHECKED.sub(r"\1: ", _RPC.sub("", text))
    protected = _REPLACED.search(text) or _DELETED.search(text)
    return explain_protection(protected[1], text) if protected else text.strip()


def condense_all(messages: list[str]) -> list[str]:
    """Condense *messages*; what is said twice or says nothing is left out."""
    said: list[str] = []
    for text in map(condense, messages):
        if text and text not in said:
            said.append(text)
    telling = [text for text in said if text not in _SAYS_NOTHING]
    return telling or said


def explain_protection(urn: str, message: str) -> str:
    """Say what would have been lost, had the engine not refused."""
    verb = "replace" if _REPLACED.search(message) else "delete"
    return (
        f"this would {verb} {describe(urn)} and lose {what_is_lost(short_type(urn))}; it is "
        f"protected and nothing of it was changed: take the change back, or see {GUIDE}"
    )


def _without_prefixes(text: str) -> str:
    again = True
    while again:
        again = False
        for prefix in _PREFIXES:
            if text.startswith(prefix):
                text, again = text.removeprefix(prefix).lstrip(), True
    return text


def _without_traceback(text: str) -> str:
    """Drop tracebacks; where nothing stood before one, keep the exception it ends with."""
    if _TRACEBACK_HEAD not in text:
        return text
    before = text.partition(_TRACEBACK_HEAD)[0].strip()
    if before:
        return before
    rest = _TRACEBACK.sub("", text + "\n").strip()
    return _OWN_EXCEPTION.sub("", rest)
