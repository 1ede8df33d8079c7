"""What the token of a job has to be allowed for an address, by the names of `permissions:`.

Source: docs.github.com/en/rest/authentication/permissions-required-for-github-apps. What every
token may read (the repository itself, permissions of people) is not here.
"""

import re
from collections.abc import Mapping

READ, WRITE = "read", "write"
ENOUGH = {READ: (READ, WRITE), WRITE: (WRITE,)}

TALK = ("issues", "pull-requests")
"""A comment on a pull request may be read and written by either of the two."""

SCOPES = (
    (r"/branches/[^/]+", ("contents",)),
    (r"/commits/[^/]+/statuses|/statuses/[^/]+", ("statuses",)),
    (r"/pulls(/\d+)?|/commits/[^/]+/pulls", ("pull-requests",)),
    (r"/issues/comments(/\d+)?|/issues/\d+/comments", TALK),
    (r"/issues(/\d+)?", ("issues",)),
)
"""Path in the repository → scopes, of which one is enough."""


def is_allowed(given: Mapping[str, str], method: str, path: str) -> bool:
    """Return whether the permissions *given* to a token are enough for a request."""
    level = READ if method == "GET" else WRITE
    for pattern, scopes in SCOPES:
        if re.fullmatch(pattern, path):
            return any(given.get(scope) in ENOUGH[level] for scope in scopes)
    return method == "GET"
