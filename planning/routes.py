"""Patterns of zone routes: which URLs a worker answers, and in which zone.

A pattern is `[http[s]://]host[/path]`. `*` may begin the host and end the path, and stands for any
characters, none included. Without a path it means `/`. Source: developers.cloudflare.com, Workers
routes, and Cloudflare for SaaS for `*/*`, which is every host that enters a zone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from planning.names import HOST
from planning.refusals import RefusedError
from planning.zones import zone_of

_PATTERN = re.compile(r"(?:(https?)://)?([^/]*)(/.*)?", re.DOTALL)
_FORM = (
    "a route is [https://]host[/path] with * only as the first of the host and the last of the path"
)


@dataclass(frozen=True)
class Route:
    """A pattern taken apart.

    *scheme* is "" for both. *host* is in small letters and without the leading `*` that
    *any_host* stands for, so it is "" for every host; *path* is without the `*` that *any_path*
    stands for.
    """

    scheme: str
    any_host: bool
    host: str
    path: str
    any_path: bool

    def matches_host(self, host: str) -> bool:
        """Return whether any URL of *host* may match; *host* is in small letters."""
        return host.endswith(self.host) if self.any_host else host == self.host

    def matches(self, scheme: str, host: str, path: str) -> bool:
        """Return whether a URL matches; *path* holds the query too, and its case counts."""
        fits = path.startswith(self.path) if self.any_path else path == self.path
        return self.scheme in {"", scheme} and self.matches_host(host) and fits

    @property
    def rank(self) -> tuple[Any, ...]:
        """Order among the routes that match one URL: the smallest, the most specific, answers.

        One host goes before a wildcard and a longer one before a shorter, then the same of paths,
        then a scheme before none. A slash at the end of a path counts last, for Cloudflare has
        `/images*` before `/images/*` (its documentation calls that a known issue).
        """
        depth = len(self.path.removesuffix("/"))
        by_host = (self.any_host, -len(self.host))
        return (*by_host, -depth, self.any_path, len(self.path), not self.scheme)


def parse_route(pattern: str) -> Route:
    """Return *pattern* taken apart, or refuse what Cloudflare would refuse."""
    found = _PATTERN.fullmatch(pattern)
    scheme, host, path = found.groups(default="") if found else ("", "", "")
    any_host, any_path = host.startswith("*"), path.endswith("*")
    host, path = host.removeprefix("*").lower(), (path or "/").removesuffix("*")
    if "?" in pattern or "#" in pattern:
        raise RefusedError(
            f"a route has no query and no fragment, and * as its end matches any; {_FORM}"
        )
    if "*" in host or "*" in path or not path.isprintable() or " " in path:
        raise RefusedError(_FORM)
    if host or not any_host:
        HOST.check(host.removeprefix(".") if any_host else host)
    return Route(scheme, any_host, host, path, any_path)


def check_route(pattern: str) -> str:
    """Return *pattern*, or refuse what Cloudflare would refuse."""
    parse_route(pattern)
    return pattern


def route_zone(pattern: str, zones: Iterable[str], zone_name: str = "") -> str:
    """Return the zone of *zones* that *pattern* belongs to.

    *zone_name* is the zone that stands beside the pattern, if one does: `*/*` needs it, and so
    does the host of somebody else's zone (a custom hostname of Cloudflare for SaaS).
    """
    listed = tuple(zones)
    host = route_host(pattern)
    if not zone_name:
        if not host:
            raise RefusedError(
                f"{pattern!r} is every host of a zone and does not say of which; "
                f"write *<zone>/* instead, or name the zone beside it (zone_name)"
            )
        return zone_of(host, listed)
    if zone_name not in listed:
        known = ", ".join(sorted(listed)) or "none"
        raise RefusedError(f"zone {zone_name!r} is not listed (listed: {known}); correct zone_name")
    lies_in = _zone_or_none(host, listed)
    if lies_in not in {"", zone_name}:
        raise RefusedError(f"{host} lies in zone {lies_in}, not in {zone_name}; correct zone_name")
    return zone_name


def route_host(pattern: str) -> str:
    """Return the host of *pattern* without its wildcard; "" for every host."""
    return parse_route(pattern).host.removeprefix(".")


def overlap(one: str, other: str) -> bool:
    """Return whether there is a URL that both patterns match."""
    first, second = parse_route(one), parse_route(other)
    return (
        (first.scheme == second.scheme or "" in {first.scheme, second.scheme})
        and _ends_meet(first.host, second.host, first.any_host, second.any_host)
        and _ends_meet(first.path[::-1], second.path[::-1], first.any_path, second.any_path)
    )


def takes_from(pattern: str, host: str) -> bool:
    """Return whether *pattern* matches any URL of *host*: a route comes before a custom domain."""
    return parse_route(pattern).matches_host(host)


def _ends_meet(first: str, second: str, any_first: bool, any_second: bool) -> bool:
    """Return whether a text ends with both, the whole of one that may not begin with anything."""
    if any_first and first != second and second.endswith(first):
        return True
    return first == second or (any_second and first.endswith(second))


def _zone_or_none(host: str, zones: Iterable[str]) -> str:
    try:
        return zone_of(host, zones)
    except RefusedError:
        return ""
