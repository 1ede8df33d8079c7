"""What holds for whole zones: rules that may stop a request, and who may issue certificates."""

from collections.abc import Iterable
from dataclasses import dataclass

from planning.exposure.graph import Graph, Resource, items, part, text
from planning.exposure.host_scope import may_act
from planning.exposure.model import ZoneFacts

STOPPING = {
    "http_request_firewall_custom": "",
    "http_request_firewall_managed": "managed rules: ",
    "http_ratelimit": "limit: ",
}
"""Phases whose rules may stop a request, and how their rules are spoken of."""

PASSING = ("skip", "log")
"""Actions after which a request goes on."""

ISSUES = ("issue", "issuewild")
OF_UNIVERSAL = "the authorities of Universal SSL"
ANY_CA = "any authority"


@dataclass(frozen=True)
class Zone:
    """A zone as the configuration has it."""

    name: str
    id: str
    plan: str
    owner: str


def zone_of_host(zones: Iterable[Zone], host: str) -> Zone | None:
    """Return the zone that *host*, which may begin with `*`, lies in; `None`: in none of these."""
    name = host.lstrip("*").lstrip(".")
    fitting = [z for z in zones if name == z.name or name.endswith(f".{z.name}")]
    return max(fitting, key=lambda zone: len(zone.name), default=None)


def rules_for(graph: Graph, zone: Zone, host: str) -> tuple[str, ...]:
    """Return what may stop a request for *host* in *zone*: `block by probes`, a phase at a time."""
    return tuple(
        _said(phase, rule)
        for phase in STOPPING
        for ruleset in graph.of("Ruleset")
        if ruleset.inputs.get("phase") == phase and ruleset.inputs.get("zoneId") == zone.id
        for rule in items(ruleset.inputs.get("rules"))
        if rule.get("enabled") is not False and _acts(text(rule.get("expression")), host)
        if rule.get("action") not in PASSING
    )


def facts(graph: Graph, zone: Zone) -> ZoneFacts:
    """Return who may issue certificates for *zone*, and whether its CAA records restrict that.

    Universal SSL, which is on unless the stack says otherwise, adds CAA records of its own beside
    those of the zone (CISA VA-26-183-01): they let its authorities issue whatever the others say.
    """
    records = [
        each
        for each in graph.of("DnsRecord")
        if each.inputs.get("type") == "CAA" and each.inputs.get("zoneId") == zone.id
    ]
    issuers = _issuers(records)
    universal = _has_universal(graph, zone)
    may, why = _judged(issuers, has_records=bool(records), universal=universal)
    return ZoneFacts(
        name=zone.name,
        owner=zone.owner,
        plan=zone.plan,
        caa=tuple(sorted(map(_written, records))),
        may_issue=may,
        restricts=bool(records) and not universal,
        why=why,
    )


def _judged(
    issuers: tuple[str, ...], *, has_records: bool, universal: bool
) -> tuple[tuple[str, ...], str]:
    if not has_records:
        return (ANY_CA,), "the stack sets no CAA record"
    named = issuers or ("nobody",)
    if universal:
        why = "Universal SSL is on and adds CAA records for its own authorities beside these"
        return (*issuers, OF_UNIVERSAL), why
    return named, "Universal SSL is off, so that these records stand alone"


def _issuers(records: Iterable[Resource]) -> tuple[str, ...]:
    said = [part(each.inputs.get("data")) for each in records]
    values = {text(each.get("value")) for each in said if each.get("tag") in ISSUES}
    return tuple(sorted(values - {"", ";"}))


def _has_universal(graph: Graph, zone: Zone) -> bool:
    settings = [e for e in graph.of("UniversalSslSetting") if e.inputs.get("zoneId") == zone.id]
    return not any(each.inputs.get("enabled") is False for each in settings)


def _written(record: Resource) -> str:
    data = part(record.inputs.get("data"))
    flags = data.get("flags")
    number = int(flags) if isinstance(flags, (int, float)) else 0
    return f'{record.inputs.get("name")} CAA {number} {data.get("tag")} "{data.get("value")}"'


def _acts(expression: str, host: str) -> bool:
    return "*" in host or may_act(expression, host)


def _said(phase: str, rule: object) -> str:
    given = part(rule)
    name = text(given.get("ref")) or text(given.get("description")) or "a rule without a name"
    limit = part(given.get("ratelimit"))
    much = ""
    if limit:
        much = f", {_number(limit.get('requestsPerPeriod'))} in {_number(limit.get('period'))} s"
    return f"{STOPPING[phase]}{text(given.get('action')) or 'acts'} by {name}{much}"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else "some"
