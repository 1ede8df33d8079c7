"""Certificates of a zone's edge: which authority gives which, and how they are held.

Sources: `certificate_authority`, `validity_days` and `hosts` of Cloudflare's API for advanced
certificates; the calendar of the CA/Browser Forum (200 days at most since 2026-03-15, 100 from
2027-03-15), by which the API's 365 days are given by nobody any more.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from planning.names import HOST
from planning.refusals import RefusedError

Authority = Literal["google", "lets_encrypt", "ssl_com"]
Validation = Literal["txt", "http", "email"]

VALIDITIES: Mapping[Authority, tuple[int, ...]] = {
    "google": (14, 30, 90),
    "lets_encrypt": (90,),
    "ssl_com": (14, 30, 90),
}
"""Days that each authority gives."""

MOST_HOSTS = 50
WILDCARD = "*."

SHORTER_FROM = date(2027, 2, 10)
SHORTER_DAYS = 64
"""From that day on Let's Encrypt gives so many days where 90 are asked for."""


def given_days(authority: str, asked: int, today: date) -> int:
    """Return for how many days *authority* makes a certificate of *today*, asked for *asked*."""
    is_shorter = authority == "lets_encrypt" and today >= SHORTER_FROM
    return min(asked, SHORTER_DAYS) if is_shorter else asked


def check_host(host: str) -> str:
    """Return *host*, a name or a star for one label of it (`*.a.cc`). Raises `RefusedError`."""
    bare = host.removeprefix(WILDCARD)
    if "*" in bare:
        raise RefusedError("a star stands once, before the first dot (*.chitty.cc)")
    HOST.check(bare)
    return host


def check_certificate(zone: str, hosts: Sequence[str], authority: str, days: int) -> None:
    """Refuse a certificate that Cloudflare would not order. Raises `RefusedError`."""
    if authority not in VALIDITIES:
        gone = "DigiCert is no longer offered; " if authority == "digicert" else ""
        offered = ", ".join(VALIDITIES)
        raise RefusedError(f"authority is {authority!r}; {gone}it is one of {offered}")
    allowed = VALIDITIES[authority]  # type: ignore[index]  # checked above
    if days not in allowed:
        given = ", ".join(map(str, allowed))
        raise RefusedError(f"validity is {days} days, and {authority} gives {given}")
    _check_hosts(zone, hosts)


def _check_hosts(zone: str, hosts: Sequence[str]) -> None:
    if zone not in hosts:
        raise RefusedError(f"hosts lack {zone} itself, which every certificate has; add it")
    if len(hosts) > MOST_HOSTS:
        raise RefusedError(f"hosts are {len(hosts)}, and a certificate has {MOST_HOSTS} at most")
    twice = sorted({host for host in hosts if hosts.count(host) > 1})
    if twice:
        raise RefusedError(f"hosts name {', '.join(twice)} more than once; name each host once")
    for host in hosts:
        bare = host.removeprefix(WILDCARD)
        if bare != zone and not bare.endswith(f".{zone}"):
            raise RefusedError(f"{host} is no host of zone {zone}; leave it out")
        if "*" in bare:
            raise RefusedError(f"{host} has a star that is not its first part; write *.{zone}")
