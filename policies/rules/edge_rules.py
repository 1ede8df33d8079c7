"""Rules at the edge keep what the zone promises: TLS, headers, redirects that stay at home."""

import re

from common.credentials import is_credential_name, is_placeholder
from policies.pack.finding import Findings
from policies.pack.hosts import allows_everybody
from policies.pack.resource import Resource
from policies.pack.rule import DEPLOYED, PRODUCTION, Severity, rule
from policies.pack.type_tokens import RULESET
from policies.pack.value import Value

RULES_URL = "https://developers.cloudflare.com/rules/"
STRICT = (None, "strict", "origin_pull")
OFF = ("off", "essentially_off")
REQUEST, RESPONSE = "http_request_late_transform", "http_response_headers_transform"
GUARDS = frozenset(
    {
        "strict-transport-security",
        "content-security-policy",
        "x-frame-options",
        "x-content-type-options",
        "permissions-policy",
        "referrer-policy",
    }
)
FROM_VISITOR = re.compile(r"http\.request\.(?:uri\.(?:args|query)|headers|cookies)")
NO_AGE = re.compile(r"(?i)max-age\s*=\s*['\"]?0(?:\D|$)")


@rule(
    "edge-rule-keeps-tls",
    on=RULESET,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Leave ssl, security level and browser check to the zone, or make them stricter.",
    frameworks=("Cloudflare: configuration rules", "Prowler: zone_ssl_strict"),
    url=f"{RULES_URL}configuration-rules/",
)
def edge_rule_keeps_tls(ruleset: Resource) -> Findings:
    """A configuration rule undoes for some requests what the zone promises for all."""
    for each in ruleset["rules"].items():
        if not each["action"].equals("set_config") or each["enabled"].is_false:
            continue
        given = each["actionParameters"]
        if given["ssl"].differs(*STRICT):
            yield given["ssl"].problem(f"is {given['ssl']}: the origin is not checked")
        if given["securityLevel"].equals(*OFF):
            yield given["securityLevel"].problem(f"is {given['securityLevel']}")
        for key in ("bic", "automaticHttpsRewrites"):
            if given[key].is_false:
                yield given[key].problem("is false")


@rule(
    "edge-redirect-stays",
    on=RULESET,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Redirect to an https address that the rule itself names.",
    frameworks=("CWE-601", "OWASP ASVS 5.1.5"),
    url=f"{RULES_URL}url-forwarding/",
)
def edge_redirect_stays(ruleset: Resource) -> Findings:
    """A redirect to plain http, or to wherever the visitor says, is the first step of a phish."""
    for each in ruleset["rules"].items():
        target = each["actionParameters"]["fromValue"]["targetUrl"]
        if (target["value"].text() or "").strip().lower().startswith("http://"):
            yield target["value"].problem(f"is {target['value']}: plain http")
        expression = (target["expression"].text() or "").lower()
        if expression.startswith(('"http://', 'concat("http://', "concat('http://")):
            yield target["expression"].problem("leads to plain http")
        elif _is_led_by_visitor(expression):
            yield target["expression"].problem("leads where the visitor says")


def _is_led_by_visitor(expression: str) -> bool:
    """Return whether the address begins by what the visitor sent."""
    first = expression.removeprefix("concat(").removeprefix("url_decode(")
    return FROM_VISITOR.match(first.strip().strip("(")) is not None


@rule(
    "edge-headers-keep-guards",
    on=RULESET,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Name the origins that may read answers; leave headers of security where they are.",
    frameworks=("OWASP ASVS 14.4", "OWASP ASVS 14.5.3"),
    url=f"{RULES_URL}transform/",
)
def edge_headers_keep_guards(ruleset: Resource) -> Findings:
    """A header that a rule opens or takes away is open for every page behind it."""
    for each in ruleset["rules"].items():
        if each["enabled"].is_false:
            continue
        for name, header in each["actionParameters"]["headers"].entries().items():
            if ruleset["phase"].equals(RESPONSE):
                yield from _answered(name.lower(), header)
            elif ruleset["phase"].equals(REQUEST) and _is_credential(name, header["value"]):
                yield header["value"].problem("hands a credential to the origin in the clear")


def _answered(name: str, header: Value) -> Findings:
    value, expression = header["value"], header["expression"]
    if name == "access-control-allow-origin":
        if allows_everybody(value.text() or "https://"):
            yield value.problem(f"is {value}: any page may read what is answered")
        elif "origin" in (expression.text() or "").lower():
            yield expression.problem("answers whatever origin asks")
    elif name in GUARDS and header["operation"].equals("remove"):
        yield header["operation"].problem(f"takes {name} away")
    elif name == "strict-transport-security" and NO_AGE.search(value.text() or ""):
        yield value.problem("switches HSTS off")


def _is_credential(name: str, value: Value) -> bool:
    text = value.text() or ""
    return bool(text) and not value.secret and is_credential_name(name) and not is_placeholder(text)
