"""From what the owner of a zone configures for all of it to components and rules."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from config import PlatformConfig
from config.baseline import Baseline, ManagedRules, Override
from config.deployment import Zone
from config.edge import Edge
from planning.host_tls import HostCertificate, HostTls, ZoneTls, certificate_hosts, check_zones
from planning.managed_rules import RULESETS
from planning.zone_rules import ZoneRule
from planning.zone_settings import hsts
from planning.zones import zone_of
from systems.system import AnySystem

if TYPE_CHECKING:
    import pulumi

    from components.certificate import CertificateArgs
    from components.zone_settings import ZoneSettingsArgs

T = TypeVar("T")

SYSTEM = "chittyos"
"""Who asks for a rule that no system does."""


def owned(config: PlatformConfig) -> Iterator[Zone]:
    """Yield the zones that the stack sets things for as a whole."""
    return (zone for zone in config.deployment.zones if zone.owner == config.stack)


def set_here(
    config: PlatformConfig,
    system: AnySystem,
    declare: Callable[[Any], Iterable[T]],
    host: Callable[[T], str],
) -> Iterator[T]:
    """Yield what *system* wants of its zones and this stack sets, by what *declare* says of it.

    *host* tells for which host a thing is. What guests of the zones want of it is among it; what
    the owner of a zone sets for this stack is not.
    """
    block = config.blocks.get(system.name)
    for each in declare(block.settings) if block else ():
        if not config.leaves_to_owner(host(each)):
            yield each
    for guest in config.guests:
        for each in declare(guest.settings[system.name]) if system.name in guest.settings else ():
            if any(_lies_in(host(each), zone) for zone in guest.zones):
                yield each


def _lies_in(host: str, zone: str) -> bool:
    return host == zone or host.endswith(f".{zone}")


def edge_tls(system: str, hosts: Sequence[str], edge: Edge) -> Iterator[HostTls]:
    """Yield TLS of the *hosts* of *system*, where its configuration asks for it (PA-10)."""
    if edge.tls is None:
        return
    certificate = None
    if own := edge.tls.certificate:
        name = system.replace("_", "-")
        certificate = HostCertificate(name, own.authority, own.validity_days, own.validation)
    yield HostTls(tuple(hosts), edge.tls.minimum, edge.tls.ciphers, certificate)


def wanted_tls(config: PlatformConfig, systems: Iterable[AnySystem]) -> tuple[HostTls, ...]:
    """Return TLS of hosts that *systems* want. Raises `RefusedError` for what a zone has not.

    What the owner of a zone sets for this stack is left out, what its guests want is among it.
    """
    zones = {zone.name: _zone_tls(zone) for zone in config.deployment.zones}
    wanted = [
        (system.name, tls)
        for system in systems
        for tls in set_here(config, system, system.tls, _first_host)
    ]
    check_zones(wanted, zones, config.stack)
    return tuple(tls for _, tls in wanted)


def _first_host(tls: HostTls) -> str:
    return tls.hosts[0]


def _zone_tls(zone: Zone) -> ZoneTls:
    baseline = zone.baseline
    return ZoneTls(zone.owner, has_manager=bool(baseline and baseline.certificate_manager))


def managed_rules(config: PlatformConfig) -> Iterator[tuple[str, ZoneRule]]:
    """Yield what runs rulesets of Cloudflare's own in the zones of the stack (FW-8)."""
    for zone in owned(config):
        for managed in zone.managed_rules:
            yield SYSTEM, _managed_rule(zone, managed)


def register(
    config: PlatformConfig,
    hosts: Iterable[str],
    child: "pulumi.ResourceOptions",
    tls: Sequence[HostTls] = (),
) -> None:
    """Register the baseline of each zone that the stack owns; *hosts* are those of its systems.

    *tls*: what some of them have otherwise than the zone.
    """
    listed, zones = sorted(hosts), [zone.name for zone in config.deployment.zones]
    for zone in owned(config):
        if zone.baseline is None:
            continue
        # The SDK is loaded when it is used.
        from components.zone_settings import ZoneSettings  # noqa: PLC0415

        own = [each for each in tls if zone_of(each.hosts[0], zones) == zone.name]
        args = zone_settings_args(zone, zone.baseline, listed, own)
        ZoneSettings(f"{zone.name}-settings", args, zone_id=zone.id, opts=child)
        _certificates(zone, zone.baseline, own, child)
        _notifications(config, zone, zone.baseline, child)


def zone_settings_args(
    zone: Zone, baseline: Baseline, hosts: Iterable[str], tls: Iterable[HostTls] = ()
) -> "ZoneSettingsArgs":
    """Return what *baseline* sets: for the whole zone once that is confirmed, else for *hosts*.

    *tls* is of single hosts, in its place.
    """
    from components.zone_settings import HostTlsArgs, ZoneSettingsArgs  # noqa: PLC0415

    settings: dict[str, Any] = {
        "ssl": "strict",
        "always_use_https": "on",
        "tls_1_3": "on",
        **baseline.settings,
    }
    if baseline.whole_zone:
        settings["min_tls_version"] = baseline.minimum_tls
        settings["security_header"] = hsts(**baseline.hsts.model_dump())
    own = [host for host in hosts if _lies_in(host, zone.name)]
    by_host = baseline.ciphers or not baseline.whole_zone
    everyones = {"minimum": baseline.minimum_tls, "ciphers": baseline.ciphers}
    asked: dict[str, dict[str, Any]] = dict.fromkeys(own, everyones) if by_host else {}
    for each in tls:
        given = {"minimum": each.minimum, "ciphers": each.ciphers}
        asked |= dict.fromkeys(each.hosts, given)
    return ZoneSettingsArgs(
        zone=zone.name,
        plan=zone.plan,
        settings=settings,
        dnssec=baseline.dnssec,
        universal_ssl=baseline.universal_ssl,
        tiered_cache=baseline.tiered_cache,
        hosts=tuple(HostTlsArgs(host=host, **asked[host]) for host in sorted(asked)),
    )


def _certificates(
    zone: Zone, baseline: Baseline, tls: Iterable[HostTls], child: "pulumi.ResourceOptions"
) -> None:
    """Order the certificates of the zone, and those of systems for their hosts."""
    for name, args in (*_of_zone(zone, baseline), *_of_systems(zone, tls)):
        from components.certificate import Certificate  # noqa: PLC0415

        Certificate(f"{zone.name}-{name}", args, zone_id=zone.id, opts=child)


def _of_zone(zone: Zone, baseline: Baseline) -> "Iterator[tuple[str, CertificateArgs]]":
    for each in baseline.certificates:
        from components.certificate import CertificateArgs  # noqa: PLC0415

        yield (
            each.name,
            CertificateArgs(
                zone=zone.name,
                hosts=each.hosts,
                authority=each.authority,
                validity_days=each.validity_days,
                validation=each.validation,
            ),
        )


def _of_systems(zone: Zone, tls: Iterable[HostTls]) -> "Iterator[tuple[str, CertificateArgs]]":
    for each in tls:
        if (own := each.certificate) is None:
            continue
        from components.certificate import CertificateArgs  # noqa: PLC0415

        yield (
            own.name,
            CertificateArgs(
                zone=zone.name,
                hosts=certificate_hosts(zone.name, each.hosts),
                authority=own.authority,
                validity_days=own.days,
                validation=own.validation,
            ),
        )


def _notifications(
    config: PlatformConfig, zone: Zone, baseline: Baseline, child: "pulumi.ResourceOptions"
) -> None:
    """Tell of certificates: of what happens to each, whatever its lifetime is."""
    if not baseline.certificate_emails:
        return
    from components.notification import Notification, NotificationArgs  # noqa: PLC0415

    alerts = {"universal": "universal_ssl_event_type"}
    alerts |= {"advanced": "dedicated_ssl_certificate_event_type"} if baseline.certificates else {}
    for kind, alert_type in alerts.items():
        args = NotificationArgs(
            notification=f"{config.stack}: {kind} certificates of {zone.name}",
            alert_type=alert_type,
            emails=baseline.certificate_emails,
        )
        name = f"{zone.name}-{kind}-certificates"
        Notification(name, args, account_id=config.deployment.account, opts=child)


def _managed_rule(zone: Zone, managed: ManagedRules) -> ZoneRule:
    ruleset = RULESETS[managed.ruleset]
    parameters: dict[str, Any] = {"id": ruleset.id}
    if overrides := _overrides(managed):
        parameters["overrides"] = overrides
    return ZoneRule(
        phase=ruleset.phase,
        ref=f"{SYSTEM}_{managed.ruleset}",
        host=zone.name,
        expression="true",
        action="execute",
        description=f"{ruleset.title}, others: {managed.others.replace('_', ' ')}; {managed.why}",
        parameters={"action_parameters": parameters},
    )


def _overrides(managed: ManagedRules) -> dict[str, Any]:
    """Return the overrides; `others` is said where it is something else than Cloudflare's."""
    others = {"on": {"enabled": True}, "off": {"enabled": False}}.get(managed.others, {})
    whole: dict[str, Any] = {
        **others,
        "action": managed.action,
        "sensitivity_level": managed.sensitivity,
        "rules": [{"id": each.id, **_changed(each)} for each in managed.rules],
        "categories": [
            {"category": each.category, **_changed(each)} for each in managed.categories
        ],
    }
    return {name: value for name, value in whole.items() if value not in (None, [])}


def _changed(override: Override) -> dict[str, Any]:
    told = {
        "action": override.action,
        "enabled": override.enabled,
        "sensitivity_level": override.sensitivity,
    }
    return {name: value for name, value in told.items() if value is not None}
