"""What policies say, each thing once: of several resources in one line.

Needs nothing but Python.
"""

from collections.abc import Iterable

UNKNOWN = "meta-not-yet-checkable"
"""The rule of the pack that lists what a preview cannot know: nobody has to do anything."""

LATER = "values that are known only during the update are checked then"

NAMED = 3
"""Resources that a line names; of more it gives the number."""


def grouped(texts: Iterable[str]) -> list[str]:
    """Put *texts* of one rule together that say the same of several resources.

    Each is `rule: resource: what is wrong`.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for text in texts:
        rule, _, rest = text.partition(": ")
        where, _, said = rest.partition(": ")
        found.setdefault((rule, LATER if rule == UNKNOWN else said), []).append(where)
    return [_line(rule, list(dict.fromkeys(where)), said) for (rule, said), where in found.items()]


def _line(rule: str, where: list[str], said: str) -> str:
    more = len(where) - NAMED
    names = ", ".join(where[:NAMED]) + (f" and {more} more" if more > 0 else "")
    return ": ".join(part for part in (rule, names, said) if part)
