"""Rules of the firewall act, on what they are for, and not around it."""

import re

from policies.pack import schema
from policies.pack.expressions import is_scoped, never_matches
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import DEPLOYED, PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import RULESET
from policies.pack.value import Value

WAF_URL = "https://developers.cloudflare.com/waf/"
CUSTOM, MANAGED, RATE_LIMITS = (
    "http_request_firewall_custom",
    "http_request_firewall_managed",
    "http_ratelimit",
)
ENFORCING = (
    CUSTOM,
    MANAGED,
    RATE_LIMITS,
    "ddos_l4",
    "ddos_l7",
    "http_request_sbfm",
    "http_response_firewall_managed",
    "magic_transit",
    "magic_transit_managed",
)
MOST_SCORE = 60
"""Score of the OWASP rules above which attacks pass: Cloudflare's own "low" sensitivity."""

CHALLENGES = ("block", "challenge", "js_challenge", "managed_challenge")
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
    """A rule that is off, matches nothing or only logs decorates; so does a phase without one."""
    if not ruleset["phase"].equals(*ENFORCING):
        return
    yield from _unused(ruleset)
    for each in ruleset["rules"].items():
        if each["enabled"].is_false:
            yield each["enabled"].problem("is false")
        if each["action"].equals("log", "score"):
            yield each["action"].problem(f"is {each['action']}: what it finds passes")
        expression = each["expression"]
        if expression.known and never_matches(expression.text() or "false"):
            yield expression.problem("matches nothing")
        overrides = each["actionParameters"]["overrides"]
        for place in (overrides, *overrides["rules"].items(), *overrides["categories"].items()):
            yield from _weakened(place)
        for place in overrides["rules"].items():
            score = place["scoreThreshold"].number()
            if score is not None and score > MOST_SCORE:
                yield place["scoreThreshold"].problem(f"is above {MOST_SCORE}: attacks pass")


def _unused(ruleset: Resource) -> Findings:
    """Find a phase that exists to hold a kind of rule, and holds none."""
    rules = ruleset["rules"]
    if ruleset["phase"].equals(RATE_LIMITS) and rules.empty:
        yield rules.problem("is empty: nothing is limited")
    if ruleset["phase"].equals(MANAGED) and ruleset["kind"].equals(None, "zone", "root"):
        executing = [each for each in rules.items() if not each["action"].differs("execute")]
        if rules.known and not executing:
            yield rules.problem("executes no managed ruleset")


def _weakened(override: Value) -> Findings:
    if override["action"].equals("log", "skip", "allow"):
        yield override["action"].problem(f"is {override['action']}: what the ruleset finds passes")
    if override["enabled"].is_false:
        yield override["enabled"].problem("is false: what the ruleset finds passes")
    if override["sensitivityLevel"].equals("eoff"):
        yield override["sensitivityLevel"].problem('is "eoff": attacks pass')


@rule(
    "waf-managed-others-said",
    on=RULESET,
    severity=Severity.MEDIUM,
    levels=DEPLOYED,
    remedy="Say in the description of the rule what becomes of the others: `others: as they are`.",
    frameworks=("Cloudflare: overrides of managed rulesets",),
    url="https://developers.cloudflare.com/ruleset-engine/managed-rulesets/override-managed-ruleset/",
)
def waf_managed_others_said(ruleset: Resource) -> Findings:
    """One override may switch all other rules of its ruleset off, or on, and nobody sees it."""
    for each in ruleset["rules"].items():
        overrides = each["actionParameters"]["overrides"]
        if not each["action"].equals("execute") or not overrides.present:
            continue
        enabled, description = overrides["enabled"], (each["description"].text() or "").lower()
        if enabled.is_false:
            yield enabled.problem("is false: every rule is off that no override switches on")
        elif each["description"].known and "others:" not in description:
            yield overrides.advice("says nothing of the rules that it does not name")


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
        if not each["action"].equals("skip") or each["enabled"].is_false:
            continue
        expression = each["expression"]
        if expression.known and not is_scoped(expression.text() or "true"):
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
        limit = each["ratelimit"]
        if limit.empty and not each["action"].equals("skip"):
            yield limit.problem("is missing: nothing is counted")
        elif limit.present:
            yield from _counting(limit)
            yield from _too_high(limit, settings)
            yield from _without_effect(each)


def _counting(limit: Value) -> Findings:
    counted = limit["characteristics"]
    if counted.all_known and not any(IDENTITY.search(text) for text in counted.texts()):
        yield counted.problem("names neither the address nor an identity of the client")
    if limit["requestsPerPeriod"].empty and limit["scorePerPeriod"].empty:
        yield limit["requestsPerPeriod"].problem("is missing: nothing is counted")
    counting = limit["countingExpression"]
    if counting.present and never_matches(counting.text() or ""):
        yield counting.problem("matches nothing: nothing is counted")


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
