"""Which zone a host lies in."""

from collections.abc import Iterable

from planning.refusals import RefusedError


def zone_of(host: str, zones: Iterable[str]) -> str:
    """Name the zone of *host*: the longest of *zones* that is the host or a suffix of it."""
    listed = sorted(zones, key=len, reverse=True)
    for zone in listed:
        if host == zone or host.endswith(f".{zone}"):
            return zone
    known = ", ".join(sorted(listed)) or "none"
    raise RefusedError(
        f"{host} lies in no listed zone (listed: {known}); add its zone to chittyos:zones"
    )
