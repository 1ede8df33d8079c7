"""Rules of the firewall act, on what they are for, and not around it."""

import re

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import DEPLOYED, PRODUCTION, Settings, Severity, rule
from policies.pack.tokens import RULESET
from policies.pack.value import Value

WAF_URL = "https://developers.cloudflare.com/waf/"
ENFORCING = (
    "http_request_firewall_custom",
    "http_request_firewall_managed",
    "http_ratelimit",
    "ddos_l7",
)
RATE_LIMITS = "http_ratelimit"
CHALLENGES = ("block", "challenge", "js_challenge", "managed_challenge")
SCOPE = re.compile(r"http\.host|http\.request\.(?:uri|full_uri)|ip\.src|raw\.http\.request")
IDENTITY = re.compile(r"^ip\.src$|cf\.unique_visitor_id|http\.request\.(?:headers|cookies)|ja[34]")


@rule(
    "waf-rule-enforcing",
    on=RULESET,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Enable the rule, or give it an action that stops (block, managed_challenge).",
    frameworks=("Prowler: zone_firewall_blocking_rules_configured", "OWASP ASVS 14"),
    url=f"{WAF_URL}custom-rules/",
)
def waf_rule_enforcing(ruleset: Resource) -> Findings:
    """A rule that is off, or only logs, decorates."""
    if not ruleset["phase"].equals(*ENFORCING):
        return
    for each in ruleset["rules"].items():
        if each["enabled"].is_false:
            yield each["enabled"].problem("is false")
        if each["action"].equals("log"):
            yield each["action"].problem('is "log"')
        overrides = each["actionParameters"]["overrides"]
        for place in (overrides, *overrides["rules"].items(), *overrides["categories"].items()):
            yield from _weakened(place)


def _weakened(override: Value) -> Findings:
    if override["action"].equals("log"):
        yield override["action"].problem('is "log": what the ruleset finds passes')
    if override["enabled"].is_false:
        yield override["enabled"].problem("is false: what the ruleset finds passes")
    if override["sensitivityLevel"].equals("eoff"):
        yield override["sensitivityLevel"].problem('is "eoff": attacks pass')


@rule(
    "waf-skip-scoped",
    on=RULESET,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Name host, path or address in the expression, and keep the logging of the rule on.",
    frameworks=("Cloudflare WAF: skip rules",),
    url=f"{WAF_URL}custom-rules/skip/",
)
def waf_skip_scoped(ruleset: Resource) -> Findings:
    """A skip that matches everything, or leaves no trace, is a hole that nobody sees."""
    for each in ruleset["rules"].items():
        if not each["action"].equals("skip"):
            continue
        expression = each["expression"]
        if expression.known and not SCOPE.search(expression.text() or ""):
            yield expression.problem("skips without naming a host, a path or an address")
        if each["logging"]["enabled"].is_false:
            yield each["logging"]["enabled"].problem("is false")


@rule(
    "ratelimit-effective",
    on=RULESET,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Count by address or identity, in numbers an attack exceeds, with a time-out.",
    frameworks=("Prowler: zone_rate_limiting_enabled", "OWASP API4"),
    url=f"{WAF_URL}rate-limiting-rules/",
    settings={
        "maxRequestsPerMinute": schema.number("Highest limit that still limits.", 3000),
        "maxPeriodSeconds": schema.number("Longest period counted, in seconds.", 3600),
    },
)
def ratelimit_effective(ruleset: Resource, settings: Settings) -> Findings:
    """A limit counted by nothing in particular, or set too high, limits nobody."""
    if not ruleset["phase"].equals(RATE_LIMITS):
        return
    for each in ruleset["rules"].items():
        if each["ratelimit"].present:
            yield from _counting(each["ratelimit"])
            yield from _too_high(each["ratelimit"], settings)
            yield from _without_effect(each)


def _counting(limit: Value) -> Findings:
    counted = limit["characteristics"]
    if counted.all_known and not any(IDENTITY.search(text) for text in counted.texts()):
        yield counted.problem("names neither the address nor an identity of the client")


def _too_high(limit: Value, settings: Settings) -> Findings:
    requests, period = limit["requestsPerPeriod"].number(), limit["period"].number()
    if period and period > settings["maxPeriodSeconds"]:
        yield limit["period"].problem(f"is {limit['period']} seconds, too long to count")
    if period and requests and requests * 60 / period > settings["maxRequestsPerMinute"]:
        highest = f"{settings['maxRequestsPerMinute']:.0f} a minute"
        yield limit["requestsPerPeriod"].problem(f"is above {highest}")


def _without_effect(each: Value) -> Findings:
    timeout = each["ratelimit"]["mitigationTimeout"]
    if timeout.known and not timeout.number() and each["action"].differs(*CHALLENGES):
        yield timeout.problem(f"is 0 while the action is {each['action']}")
