"""Text that somebody else wrote, made inert: no markup, no control character, no credential.

A plan holds what a pull request wrote: names, keys, values, messages. What is shown of it is cut to
a length, says nothing to a terminal or to Markdown, and hides what `common.credential_values` calls
a credential. Needs nothing but Python.
"""

import re
import unicodedata
from collections.abc import Iterable

from common.credential_values import evident_credential, is_repeatable, looks_like
from common.credentials import is_credential_name

HIDDEN = "[hidden]"
"""Stands for a value that may be a credential."""

HOLDS_ONE = "a message that holds a credential; the log of the run has it"
"""Stands for a sentence of which no part can be told from a credential."""

VALUE_LIMIT = 60
MESSAGE_LIMIT = 300

LOOKED_AT = 4_096
"""Characters in which a credential is looked for: more than is ever shown."""

_NEVER_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of what controls, turns or hides text, and of what is no character."""

_PARTS = re.compile(r"[\s\"',:=()\[\]{}<>`]+")


def clean(text: str, limit: int = VALUE_LIMIT) -> str:
    """Return *text* on one line of at most *limit* characters, without what cannot be seen."""
    shown = "".join(" " if unicodedata.category(c) in _NEVER_SHOWN else c for c in text[:LOOKED_AT])
    line = " ".join(shown.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def code(text: str, limit: int = VALUE_LIMIT) -> str:
    """Return *text* as a code span of Markdown that nothing in it can end, in a table as well."""
    shown = clean(text, limit).replace("`", "'").replace("|", "¦")
    return f"`{shown or ' '}`"


def value(text: str, names: Iterable[str] = (), limit: int = VALUE_LIMIT) -> str:
    """Return *text* cleaned, or `[hidden]` where it may be a credential.

    *names*: the names and keys it stands under, the last one its own.
    """
    return HIDDEN if hides(text, tuple(names)) else clean(text, limit)


def hides(text: str, names: tuple[str, ...] = ()) -> bool:
    """Return whether *text* may be a credential, by what it stands under or by what it is."""
    if any(is_credential_name(name) for name in names):
        return True
    head = text[:LOOKED_AT]
    if names and looks_like(head) and not looks_like(head, names[-1]):
        return False  # random, and public by its name: a checksum
    return not (is_repeatable(head) and is_repeatable(clean(head, LOOKED_AT)))


def message(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Return a sentence cleaned, its words hidden that may be credentials."""
    words = clean(text, LOOKED_AT).split(" ")
    said = " ".join(HIDDEN if _is_credential(word) else word for word in words)
    if evident_credential(said):
        return HOLDS_ONE
    return clean(said, limit)


def _is_credential(word: str) -> bool:
    parts = _PARTS.split(word)
    return any(
        map(looks_like, (word, *parts, *(each for part in parts for each in part.split("/"))))
    )
