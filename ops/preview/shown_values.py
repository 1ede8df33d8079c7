"""Values of a plan as a reviewer reads them: what is known later, what is secret, what is there."""

import re
from collections.abc import Callable, Mapping

from ops.preview import untrusted_text

SECRET = "[secret]"  # noqa: S105 - what the engine writes in place of one
LATER = "known after up"
NOTHING = "nothing"
SET = "set"
"""What is said of a structure that has no type: its parts are not shown."""

UNKNOWN = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # a text
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)
"""What the engine writes for a value that only the `up` will tell (its `plugin/rpc.go`)."""

Told = str | Callable[[], str]
"""A text, or what makes it: of a large plan the most are never shown, and values take time."""

_CHECKSUM = re.compile(r"[0-9a-f]{40,}")
CHECKSUM_SHOWN = 12


def tell(value: object, names: tuple[str, ...] = ()) -> str:
    """Return *value* for a reviewer; of a structure only what it is, for a secret may be in it.

    *names*: the names and keys it stands under.
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return _structure(value)
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return _text(str(value), names)


def spoken(told: Told) -> str:
    """Return the text of *told*."""
    return told if isinstance(told, str) else told()


def is_unreadable(value: object) -> bool:
    """Return whether a plan does not say what *value* is: it is secret, or known later."""
    return isinstance(value, str) and (value == SECRET or value in UNKNOWN)


def _text(text: str, names: tuple[str, ...]) -> str:
    if text in UNKNOWN:
        return LATER
    if text == SECRET:
        return SECRET
    shown = untrusted_text.value(text, names)
    return f"{shown[:CHECKSUM_SHOWN]}…" if _CHECKSUM.match(shown) else shown


def _structure(value: Mapping[str, object]) -> str:
    """Name a binding, a rule or the like by its type, where it has one."""
    kind = value.get("type") or value.get("action")
    return untrusted_text.value(kind) if isinstance(kind, str) else SET
