"""What counts as a reason, wherever somebody has to give one: a step, a waiver, an approval.

A file of its own, though short: rooms that know nothing of each other ask for reasons.
"""

import re

from common.credentials import is_placeholder

_WORD = re.compile(r"[^\W\d_]{2,}")
FEWEST_WORDS = 2


def is_reason(text: str) -> bool:
    """Return whether *text* says why: at least two different words of letters, no placeholder."""
    words = {word.casefold() for word in _WORD.findall(text)}
    return len(words) >= FEWEST_WORDS and not is_placeholder(text)
