"""What names may look like, in the account and on the network. A bad name is refused, never cut."""

import re
from dataclasses import dataclass

from planning.refusals import RefusedError


@dataclass(frozen=True)
class NameRule:
    """How long a name may be and what it is made of; *allowed* says the *pattern* in words."""

    thing: str
    longest: int
    pattern: str
    allowed: str
    shortest: int = 1

    def check(self, name: str) -> str:
        """Give *name* back, or refuse it with the limit it breaks."""
        if not self.shortest <= len(name) <= self.longest:
            raise RefusedError(
                f"a {self.thing} has {self.shortest} to {self.longest} characters, "
                f"this one has {len(name)}; choose another name"
            )
        if not re.fullmatch(self.pattern, name):
            raise RefusedError(f"a {self.thing} is made of {self.allowed}")
        return name


_EDGED = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_EDGED_WORDS = "lower-case letters, digits and hyphens, and begins and ends with a letter or digit"

SCRIPT = NameRule(
    "worker name",
    63,
    r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?",
    "lower-case letters, digits, hyphens and underscores, and begins and ends with a letter or "
    "digit",
)
BUCKET = NameRule("bucket name", 63, _EDGED, _EDGED_WORDS, shortest=3)
QUEUE = NameRule("queue name", 63, _EDGED, _EDGED_WORDS)
DATABASE = NameRule(
    "database name",
    63,
    r"[a-z0-9][a-z0-9_-]*",
    "lower-case letters, digits, hyphens and underscores, and begins with a letter or digit",
)
NAMESPACE = NameRule(
    "namespace title",
    512,
    r"[A-Za-z0-9][A-Za-z0-9_. -]*",
    "letters, digits, spaces and . _ -, and begins with a letter or digit",
)
VARIABLE = NameRule(
    "binding name",
    128,
    r"[A-Za-z_][A-Za-z0-9_]*",
    "letters, digits and underscores, and does not begin with a digit",
)
DATASET = NameRule(
    "dataset name",
    64,
    r"[A-Za-z_][A-Za-z0-9_]*",
    "letters, digits and underscores, and does not begin with a digit: queries name it as a table",
)
CLASS = NameRule(
    "class name",
    128,
    r"[A-Za-z_$][A-Za-z0-9_$]*",
    "letters, digits, _ and $, and does not begin with a digit",
)
TAG = NameRule(
    "migration tag",
    64,
    r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    "letters, digits and . _ -, and begins with a letter or digit",
)
ACCOUNT = NameRule(
    "Cloudflare id", 32, r"[0-9a-f]{32}", "32 hexadecimal digits, in quotes", shortest=32
)
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST = NameRule(
    "host name",
    253,
    rf"{_LABEL}(\.{_LABEL})+",
    "lower-case labels of letters, digits and hyphens, at most 63 characters each, joined by "
    "dots, without a path or a wildcard (connect.chitty.cc)",
)
