"""What is of a user or a secret in what workers print, found and replaced (FW-10)."""

import re
from collections.abc import Iterator
from typing import Any

from common.credential_values import is_given
from common.credentials import is_credential_name, is_placeholder
from ops.preview import untrusted_text

LONGEST = 2_000
"""Characters that are kept of a line."""

DEEPEST = 5
"""Levels that are kept of what was printed as an object."""

MAIL = re.compile(r"(?i)(?<![\w.+%-])[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
"""A mail address, also as it stands in a query."""

QUERY = re.compile(
    r"""(?x)
      (?: (?<=\S)\?(?!\.) | [?\#](?=[^\s=?\#]+=) ) [^\s'"]+       # of an address, or a part of it
    | (?<![\w.%-]) [\w.%-]++=[^\s&'"]*+ (?: &[\w.%-]++=[^\s&'"]*+ )+   # of a form
    """
)
FOUR = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
SIX = re.compile(
    r"(?<![\w:])(?:(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F:]+|(?=[0-9a-fA-F:]*::)[0-9a-fA-F:]{3,39})"
    r"(?:%\w+)?"
)
"""Addresses of the network; those of version 4 go first, for they may end one of version 6."""

_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL
)
_NAMED = re.compile(r"""(?<![\w.-])(?P<name>[A-Za-z][\w.-]*)\\*["']?\s*(?P<sign>[:=])[ \t]*""")
_QUOTED = re.compile(r"""(?P<quote>\\*["']).*?(?:(?P=quote)|(?=\n)|\Z)""")
_BARE = re.compile(r"""[^\s"'&;,]+""")
_LINE = re.compile(r"[^\n]+")
_COOKIES = frozenset({"cookie", "set-cookie"})


def is_private(name: str) -> bool:
    """Return whether what stands under *name* is nobody's to read: a credential, or cookies."""
    return name.lower() in _COOKIES or is_credential_name(name)


def redacted(value: Any) -> Any:
    """Return *value* with its texts redacted; what stands under the name of a secret is hidden."""
    return _redacted(value, DEEPEST, is_hidden=False)


def _redacted(value: Any, levels: int, *, is_hidden: bool) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict) and levels:
        return {
            text(name): _redacted(each, levels - 1, is_hidden=is_hidden or is_private(name))
            for name, each in value.items()
        }
    if isinstance(value, list) and levels:
        return [_redacted(each, levels - 1, is_hidden=is_hidden) for each in value]
    if is_hidden or not isinstance(value, str | int | float):
        return untrusted_text.HIDDEN
    return text(value) if isinstance(value, str) else value


def text(given: str) -> str:
    """Return *given* without credentials, addresses of mail and network, and queries.

    Lines stay lines; of each `LONGEST` characters are kept, of all together 4,096.
    """
    said = QUERY.sub("?…", without_credentials(given[: untrusted_text.LOOKED_AT]))
    said = SIX.sub("[address]", FOUR.sub("[address]", MAIL.sub("[mail]", said)))
    lines = (untrusted_text.message(each, LONGEST) for each in said.split("\n"))
    return "\n".join(
        untrusted_text.HIDDEN if each == untrusted_text.HOLDS_ONE else each for each in lines
    )


def without_credentials(given: str) -> str:
    """Return *given* without private keys, and without what is given to names of credentials."""
    said = _PRIVATE_KEY.sub(untrusted_text.HIDDEN, given)
    return "".join(_without_named(said))


def _without_named(given: str) -> Iterator[str]:
    at = 0
    for found in _NAMED.finditer(given):
        value = _value(given, found) if found.start() >= at else None
        if value:
            yield given[at : found.end()] + untrusted_text.HIDDEN
            at = value.end()
    yield given[at:]


def _value(given: str, found: re.Match[str]) -> re.Match[str] | None:
    """Return what is given to the name of *found* if nobody is to read it."""
    name, begin = found["name"], found.end()
    if not is_private(name) or name.lower() == "key":
        return None
    quoted = _QUOTED.match(given, begin)
    if quoted or name.lower() in _COOKIES:
        return quoted or _LINE.match(given, begin)
    bare = _BARE.match(given, begin)
    if bare is None or is_placeholder(bare[0]):
        return None
    # After a colon it may be a sentence: "token: expired".
    is_value = found["sign"] == "=" or is_given(name, bare[0], after_colon=True)
    return bare if is_value else None
