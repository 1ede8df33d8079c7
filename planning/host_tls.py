"""TLS of single hosts, as systems want it, against what their zones have (PA-10)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from planning.certificates import Authority, Validation, check_certificate
from planning.plans import FEATURES
from planning.refusals import RefusedError, refuse_all
from planning.zones import zone_of


@dataclass(frozen=True)
class HostCertificate:
    """An advanced certificate for hosts of a system, and for the zone, which each has."""

    name: str
    """Its name in the stack."""

    authority: Authority
    days: int
    validation: Validation


@dataclass(frozen=True)
class HostTls:
    """What hosts of a system have, whatever their zone has."""

    hosts: tuple[str, ...]
    minimum: str
    """Lowest version of TLS that visitors may speak."""

    ciphers: tuple[str, ...] = ()
    """Of TLS 1.2. Default: Cloudflare's."""

    certificate: HostCertificate | None = None
    """Default: that of the zone."""


@dataclass(frozen=True)
class ZoneTls:
    """A zone, as far as TLS of its hosts goes."""

    owner: str
    has_manager: bool
    """Whether it has the add-on Advanced Certificate Manager."""


def check_zones(
    wanted: Iterable[tuple[str, HostTls]], zones: Mapping[str, ZoneTls], stack: str
) -> None:
    """Refuse what zones do not have, all of it at once; *wanted* pairs systems with what they ask.

    Raises `RefusedError`.
    """
    refuse_all(fault for system, tls in wanted for fault in _faults(system, tls, zones, stack))


def certificate_hosts(zone: str, hosts: Iterable[str]) -> tuple[str, ...]:
    """Return the hosts of a certificate: the zone itself, which each has, and *hosts*."""
    return tuple(dict.fromkeys((zone, *hosts)))


def _faults(system: str, tls: HostTls, zones: Mapping[str, ZoneTls], stack: str) -> Iterator[str]:
    for host in tls.hosts:
        zone = zone_of(host, zones)
        if zones[zone].owner != stack:
            yield (
                f"{system} asks for TLS of {host}, and only {zones[zone].owner}, the owner of zone "
                f"{zone}, sets that of its hosts; name {stack} among the guests of the zone in the "
                f"file of {zones[zone].owner}, or leave edge.tls out of {stack}"
            )
        elif not zones[zone].has_manager:
            what = FEATURES["host_tls"].what
            yield (
                f"{system} asks for TLS of {host}: {what} needs the add-on Advanced Certificate "
                f"Manager, and certificate_manager of zone {zone} is false; leave edge.tls out, or "
                f"order the add-on"
            )
    if tls.certificate is not None:
        yield from _certificate(system, tls, tls.certificate, zones)


def _certificate(
    system: str, tls: HostTls, wanted: HostCertificate, zones: Mapping[str, ZoneTls]
) -> Iterator[str]:
    zone = zone_of(tls.hosts[0], zones)
    hosts = certificate_hosts(zone, tls.hosts)
    try:
        check_certificate(zone, hosts, wanted.authority, wanted.days)
    except RefusedError as error:
        yield f"the certificate of {system}: {error}"
