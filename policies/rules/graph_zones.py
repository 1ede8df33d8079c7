"""A zone as a whole: every setting of the baseline once, every public host defended."""

import re
from collections.abc import Iterator

from policies.pack import links, schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource, Stack
from policies.pack.rule import PRODUCTION, Settings, Severity, graph_rule
from policies.pack.type_tokens import (
    CONTAINER,
    DNS_RECORD,
    DNSSEC,
    LOAD_BALANCER,
    ORIGIN_PULLS,
    POOL,
    R2_CUSTOM_DOMAIN,
    RULESET,
    TUNNEL_CONFIG,
    WORKER_DOMAIN,
    WORKER_ROUTE,
    ZONE,
    ZONE_SETTING,
    ZONE_SETTINGS,
)
from policies.pack.value import Value

WAF_URL = "https://developers.cloudflare.com/waf/"
BASELINE = ("ssl", "min_tls_version", "always_use_https", "tls_1_3", "security_header")
MANAGED_RULESETS = {
    "efb7b8c949ac4650a09736fc376e9aee": "the managed ruleset",
    "4814384a9e5d4991b9815dcfc25d2f1f": "the OWASP core ruleset",
}
FREE = "free"
MANAGED_PHASE, LIMIT_PHASE = "http_request_firewall_managed", "http_ratelimit"
OF_CLOUDFLARE = (".cfargotunnel.com", ".workers.dev")
"""Names behind which nothing listens but Cloudflare."""

NARROWING = re.compile(r"http\.request\.|ip\.src|cf\.")


@graph_rule(
    "graph-zone-baseline",
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Register each setting of the baseline once for every zone that this stack owns.",
    frameworks=("Prowler: zone checks", "Cloudflare Security Insights"),
    url="https://developers.cloudflare.com/ssl/edge-certificates/additional-options/",
    settings={
        "owned": schema.texts("Ids of zones that this stack owns beside those it registers."),
        "managedRulesets": schema.flag(
            "Whether zones run the managed WAF rulesets, where their plan has them.", default=True
        ),
    },
)
def graph_zone_baseline(stack: Stack, settings: Settings) -> Findings:
    """A zone without its baseline is as weak as its weakest default; two settings of one fight."""
    for zone in sorted(_owned(stack) | {*settings["owned"]}):
        inside = _in_zone(stack, zone)
        report = inside[0].problem if inside else stack.problem
        for name in (*BASELINE, "DNSSEC"):
            if stack.is_certain(_is_not_once, inside, name):
                yield report(f"is in a zone that has {name} {_count(inside, name)} times, not once")
        for ruleset_id, name in MANAGED_RULESETS.items():
            wanted = settings["managedRulesets"]
            if wanted and stack.is_certain(_lacks, stack, zone, inside, ruleset_id):
                yield report(f"is in a zone that does not execute {name}")


def _lacks(stack: Stack, zone: str, inside: list[Resource], ruleset_id: str) -> bool:
    """Return whether a zone whose plan has managed rulesets does not run this one."""
    plans = [each["plan"] for each in stack.of(ZONE_SETTINGS) if each["zoneId"].equals(zone)]
    is_free = any(plan.equals(FREE) for plan in plans)
    return not is_free and not any(_executes(inside, ruleset_id))


def _is_not_once(inside: list[Resource], name: str) -> bool:
    return _count(inside, name) != 1


def _count(inside: list[Resource], name: str) -> int:
    settings = [each for each in inside if each.type == ZONE_SETTING]
    if name == "DNSSEC":
        return sum(each.type == DNSSEC for each in inside)
    return sum(each["settingId"].equals(name) for each in settings)


def _owned(stack: Stack) -> set[str]:
    """Zones that the stack registers, or for which it sets anything zone-wide."""
    zones = links.names(stack.of(ZONE), "id")
    return zones | links.names(stack.of(ZONE_SETTING, DNSSEC, ZONE_SETTINGS, RULESET), "zoneId")


def _in_zone(stack: Stack, zone: str) -> list[Resource]:
    zones = [each for each in stack.of(ZONE) if each["id"].text() == zone]
    inside = stack.of(ZONE_SETTING, DNSSEC, RULESET)
    return [*zones, *(each for each in inside if each["zoneId"].text() == zone)]


def _executes(inside: list[Resource], ruleset_id: str) -> Iterator[bool]:
    for ruleset in inside:
        if ruleset.type == RULESET and ruleset["phase"].equals(MANAGED_PHASE):
            for each in ruleset["rules"].items():
                executes = each["actionParameters"]["id"].equals(ruleset_id)
                yield executes and each["enabled"].is_not_false


def public_hosts(stack: Stack) -> Iterator[tuple[Value, str]]:
    """Return every host that the stack answers for, with the place that says so."""
    places = [each["hostname"] for each in stack.of(WORKER_DOMAIN)]
    places += [each["pattern"] for each in stack.of(WORKER_ROUTE)]
    places += [each["name"] for each in stack.of(LOAD_BALANCER)]
    places += [each["domain"] for each in stack.of(R2_CUSTOM_DOMAIN)]
    for config in stack.of(TUNNEL_CONFIG):
        places += [each["hostname"] for each in config["config"]["ingresses"].items()]
    return links.hosts(places)


@graph_rule(
    "graph-public-host-defended",
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Cover the host by a rate limiting rule, or name it in undefended; narrow the skip rule "
    "that names it.",
    frameworks=("Prowler: zone_rate_limiting_enabled", "OWASP API4"),
    url=f"{WAF_URL}rate-limiting-rules/",
    settings={"undefended": schema.texts("Hosts whose limits are held elsewhere.")},
)
def graph_public_host_defended(stack: Stack, settings: Settings) -> Findings:
    """A public host that no limit covers is as available as its attackers allow."""
    limits = _rules(stack, LIMIT_PHASE)
    skips = [each for each in _rules(stack) if each["action"].equals("skip")]
    for place, host in public_hosts(stack):
        if host in settings["undefended"]:
            continue
        if stack.lacks(_is_about(each, host) and each["enabled"].is_not_false for each in limits):
            yield place.problem(f"is {place}, which no rate limiting rule covers")
        if any(_names(each, host) and not _narrows(each) for each in skips):
            yield place.problem(f"is {place}, which a skip rule opens as a whole")


def _rules(stack: Stack, phase: str | None = None) -> list[Value]:
    return [
        each
        for ruleset in stack.of(RULESET)
        if phase is None or ruleset["phase"].equals(phase)
        for each in ruleset["rules"].items()
    ]


def _is_about(each: Value, host: str) -> bool:
    expression = each["expression"].text()
    return expression is not None and ("http.host" not in expression or _names(each, host))


def _names(each: Value, host: str) -> bool:
    quoted = re.findall(r'"([^"]+)"', each["expression"].text() or "")
    return any(links.covers(name.lower(), host) for name in quoted)


def _narrows(each: Value) -> bool:
    return NARROWING.search(each["expression"].text() or "") is not None


@graph_rule(
    "graph-origin-sealed",
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Proxy the record; make the origin ask Cloudflare for its certificate, or use a tunnel.",
    frameworks=("Cloudflare: authenticated origin pulls",),
    url="https://developers.cloudflare.com/ssl/origin-configuration/authenticated-origin-pull/",
)
def graph_origin_sealed(stack: Stack) -> Findings:
    """An origin whose address is public, or that answers anybody, is reached past the edge."""
    origins = [each["address"] for pool in stack.of(POOL) for each in pool["origins"].items()]
    addresses = {text for place in origins if (text := place.text())}
    addresses |= {text for each in _bound(stack) if (text := each.text())}
    for record in stack.of(DNS_RECORD):
        if record["proxied"].is_not_true and record["content"].text() in addresses:
            yield record["content"].problem("is the address of an origin, in the open")
    reachable = [place for place in origins if _answers_anybody(stack, place)]
    if reachable and stack.lacks(each["enabled"].is_true for each in stack.of(ORIGIN_PULLS)):
        yield reachable[0].problem("is an origin that answers whoever asks (no origin pulls)")


def _answers_anybody(stack: Stack, address: Value) -> bool:
    """Whether an origin has an address of its own: no tunnel, and no worker of this stack."""
    text = address.text()
    if text is None or text.endswith(OF_CLOUDFLARE):
        return False
    return stack.lacks(each["hostname"].text() == text for each in stack.of(WORKER_DOMAIN))


def _bound(stack: Stack) -> Iterator[Value]:
    for container in stack.of(CONTAINER):
        yield from (port["ip"] for port in container["ports"].items())
