"""What the baseline of a zone asks for beyond its plan and its add-ons (FW-12)."""

from collections import Counter
from collections.abc import Iterable, Iterator

from config.baseline import Baseline, ManagedRules
from config.deployment import Zone
from config.system_declaration import Finding
from planning import zone_settings
from planning.certificates import check_certificate
from planning.managed_rules import RULESETS
from planning.plans import FEATURES, ZONE_PLANS
from planning.refusals import RefusedError


def check(zone: Zone, path: str) -> Iterator[Finding]:
    """Find what *zone*, whose entry is at *path*, cannot have; each finding names what to do."""
    if zone.baseline is not None:
        yield from _baseline(zone, zone.baseline, f"{path}.baseline")
    yield from _once(
        f"{path}.managed_rules", (each.ruleset for each in zone.managed_rules), "ruleset"
    )
    for index, each in enumerate(zone.managed_rules):
        yield from _managed(zone, each, f"{path}.managed_rules[{index}]")


def _baseline(zone: Zone, baseline: Baseline, path: str) -> Iterator[Finding]:
    yield from _add_on(baseline, path)
    yield from _once(f"{path}.certificates", (c.name for c in baseline.certificates), "name")
    for index, each in enumerate(baseline.certificates):
        try:
            check_certificate(zone.name, each.hosts, each.authority, each.validity_days)
        except RefusedError as error:
            yield f"{path}.certificates[{index}]", str(error)
    for name in baseline.settings:
        needed = zone_settings.setting(name).plan
        if not zone_settings.can_change(name, zone.plan):
            lacks = f"needs the {needed} plan and {zone.name} has {zone.plan}"
            yield f"{path}.settings.{name}", f"{lacks}; remove it, or change the plan"


def _add_on(baseline: Baseline, path: str) -> Iterator[Finding]:
    """Find what needs Advanced Certificate Manager, where the zone has it not."""
    if baseline.certificate_manager:
        return
    without = "needs the add-on Advanced Certificate Manager, and certificate_manager is false"
    if baseline.certificates:
        what = FEATURES["advanced_certificates"].what
        yield f"{path}.certificates", f"{what} {without}; remove it, or order the add-on"
    if baseline.ciphers:
        yield f"{path}.ciphers", f"ciphers of hosts {without}; remove it, or order the add-on"
    if not baseline.whole_zone:
        text = (
            f"is false, and {FEATURES['host_tls'].what} {without}; confirm by whole_zone: true "
            f"that the minimum and HSTS are for every host of the zone, or order the add-on"
        )
        yield f"{path}.whole_zone", text


def _managed(zone: Zone, managed: ManagedRules, path: str) -> Iterator[Finding]:
    overrides = (*managed.rules, *managed.categories)
    if managed.ruleset == "ddos":
        yield from _ddos(zone, managed, path)
        return
    yield from _beyond(zone, "waf_managed_rules", path)
    if managed.sensitivity or any(each.sensitivity for each in overrides):
        title = RULESETS[managed.ruleset].title
        yield path, f"has a sensitivity, and {title} has none: it is of the DDoS ruleset alone"


def _ddos(zone: Zone, managed: ManagedRules, path: str) -> Iterator[Finding]:
    overrides = (*managed.rules, *managed.categories)
    if "log" in {managed.action, *(each.action for each in overrides)}:
        yield from _beyond(zone, "ddos_log", path)
    if managed.others != "as_they_are":
        yield f"{path}.others", "Cloudflare's protection from DDoS is always on; remove it"
    if not (managed.action or managed.sensitivity or overrides):
        yield path, "overrides nothing, and the ruleset runs by itself; remove it"


def _beyond(zone: Zone, feature: str, path: str) -> Iterator[Finding]:
    needed = FEATURES[feature]
    if ZONE_PLANS.index(zone.plan) < ZONE_PLANS.index(needed.zone):
        lacks = f"needs the {needed.zone} plan and {zone.name} has {zone.plan}"
        yield path, f"{needed.what} {lacks}; remove it, or change the plan"


def _once(path: str, names: Iterable[str], what: str) -> Iterator[Finding]:
    for name, count in Counter(names).items():
        if count > 1:
            yield path, f"has the {what} {name} {count} times; name it once"
