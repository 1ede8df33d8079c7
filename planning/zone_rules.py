"""Rules that systems want at the edge of a zone, merged: a zone takes one ruleset a phase."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from planning.address_lists import AddressList
from planning.refusals import RefusedError
from planning.rule_checks import check_rule
from planning.zones import zone_of


@dataclass(frozen=True)
class ZoneRule:
    """One rule of a zone."""

    phase: str
    """Phase of the Rules engine: `http_request_firewall_custom`, `http_ratelimit` …"""

    ref: str
    """Name of the rule, stable for ever: without one, Cloudflare gives every edit a new id."""

    host: str
    """Host that it is for; decides the zone."""

    expression: str
    """When it acts, in the Rules language."""

    action: str
    """What it does: `block`, `managed_challenge`, `skip` …"""

    description: str
    """What it is there for, for people."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What the action or the phase needs beside (`action_parameters`, `ratelimit`), as the SDK
    calls it. Default: nothing."""

    aliases: tuple[str, ...] = ()
    """Further hosts that it is for, in the same zone. Default: none."""

    lists: tuple[AddressList, ...] = ()
    """Lists of the account that it brings along. Default: none; it may name those of others."""


@dataclass(frozen=True)
class Ruleset:
    """All rules of one zone in one phase, in order."""

    zone: str
    phase: str
    rules: tuple[tuple[str, ZoneRule], ...]
    """System and rule."""


def merge(
    wanted: Iterable[tuple[str, ZoneRule]], owners: Mapping[str, str], stack: str
) -> tuple[Ruleset, ...]:
    """Return one ruleset for each zone and phase: systems in order, their rules in theirs.

    *wanted* pairs systems with rules; *owners* says which stack sets what is valid for a whole
    zone. Raises `RefusedError` for a rule in a zone of another stack, for a `ref` used twice, and
    for a rule that Cloudflare would not take.
    """
    gathered: dict[tuple[str, str], list[tuple[str, ZoneRule]]] = {}
    for system, rule in wanted:
        zone = zone_of(rule.host, owners)
        _check_zone(system, rule, zone, owners)
        _check_owner(system, rule, zone, owners[zone], stack)
        beside = gathered.setdefault((zone, rule.phase), [])
        _check_ref(system, rule, beside)
        _check_rule(system, rule)
        beside.append((system, rule))
    return tuple(Ruleset(*place, tuple(rules)) for place, rules in sorted(gathered.items()))


def _check_zone(system: str, rule: ZoneRule, zone: str, owners: Mapping[str, str]) -> None:
    for alias in rule.aliases:
        if zone_of(alias, owners) != zone:
            raise RefusedError(
                f"rule {rule.ref} of {system} is for {rule.host} in zone {zone} and for {alias}, "
                f"which lies in another; a ruleset acts in its own zone; leave the rule out"
            )


def _check_owner(system: str, rule: ZoneRule, zone: str, owner: str, stack: str) -> None:
    if owner != stack:
        raise RefusedError(
            f"rule {rule.ref} of {system} is for {rule.host}, and only {owner}, the owner of zone "
            f"{zone}, may set its {rule.phase}: a zone takes one ruleset a phase; name {stack} "
            f"among the guests of the zone in the file of {owner}, or leave the rule out of {stack}"
        )


def _check_ref(system: str, rule: ZoneRule, beside: Iterable[tuple[str, ZoneRule]]) -> None:
    taken = next((other for other, each in beside if each.ref == rule.ref), None)
    if taken is not None:
        raise RefusedError(
            f"rule {rule.ref} of {system} has the ref of one of {taken} in {rule.phase}; "
            f"begin it with the name of its system"
        )


def _check_rule(system: str, rule: ZoneRule) -> None:
    try:
        check_rule(rule.phase, rule.expression, rule.action, rule.parameters)
    except RefusedError as error:
        raise RefusedError(f"rule {rule.ref} of {system}, in {rule.phase}: {error}") from None
