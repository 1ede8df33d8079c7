"""Origins that a CORS rule of R2 allows: what a rule may say, and which pages it lets in.

Source: developers.cloudflare.com/r2/buckets/cors, and for the wildcard cloudflare-docs#32888, where
it was measured: one `*` within the host is taken and matched, a `*` as the port is refused.
"""

import re

from common.credential_values import is_repeatable
from planning.refusals import RefusedError

EVERYBODY = "*"

_ORIGIN = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9*._-]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
_LARGEST_PORT = 65_535


def check_allowed_origin(text: str) -> str:
    """Return an allowed origin as it is, or refuse what R2 would refuse, with the reason."""
    if text == EVERYBODY:
        return text
    found = _ORIGIN.fullmatch(text)
    if not found:
        shown = repr(text) if is_repeatable(text) else "the value (not shown)"
        raise RefusedError(
            f"{shown} is no origin; it is scheme://host[:port] without a path, user or query, "
            f"with at most one * and that in the host (https://*.chitty.cc), or * alone"
        )
    if found["host"].count("*") > 1:
        raise RefusedError(f"{text!r} has more than one *; list the origins one by one")
    if found["port"] and not 1 <= int(found["port"]) <= _LARGEST_PORT:
        raise RefusedError(f"{text!r} has no port of 1 to {_LARGEST_PORT}; correct it")
    return text


def check_allowed_origins(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return allowed origins as they are, or refuse one that another of them lets in already.

    It would seem to matter, and taking it out would change nothing.
    """
    for place, text in enumerate(texts):
        others = texts[:place] + texts[place + 1 :]
        for other in others:
            if allows_origin(other, text):
                raise RefusedError(
                    f"{text!r} is let in by {other!r} already; leave one of them out"
                )
    return texts


def allows_origin(allowed: str, origin: str) -> bool:
    """Return whether the header `Origin` of a page fits *allowed*.

    Compared letter by letter; `*` stands for any characters, none included.
    """
    before, star, after = allowed.partition("*")
    if not star:
        return allowed == origin
    shortest = len(before) + len(after)
    return len(origin) >= shortest and origin.startswith(before) and origin.endswith(after)
