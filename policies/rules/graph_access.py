"""Access across the stack: no way around it, no token without an end, no token for nothing."""

from collections.abc import Iterator

from policies.pack import links, schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource, Stack
from policies.pack.rule import DEPLOYED, PRODUCTION, Settings, Severity, graph_rule
from policies.pack.tokens import (
    ACCESS_APPLICATION,
    ACCESS_POLICY,
    ACCESS_TOKEN,
    DNS_RECORD,
    NOTIFICATION,
    TUNNEL,
    TUNNEL_CONFIG,
)
from policies.pack.value import Value
from policies.rules.access_policies import policies
from policies.rules.tunnels import is_refusal

ACCESS_URL = "https://developers.cloudflare.com/cloudflare-one/access-controls/"
TOKEN_ALERT = "expiring_service_token_alert"  # noqa: S105


def protected(application: Resource) -> Iterator[Value]:
    """Return the hosts, with their paths, that an application stands before."""
    yield application["domain"]
    yield from (each["uri"] for each in application["destinations"].items())


@graph_rule(
    "graph-tunnel-behind-access",
    severity=Severity.CRITICAL,
    levels=PRODUCTION,
    remedy="Put an Access application before the host, or declare it under publicHostnames.",
    frameworks=("Cloudflare Security Insights: unprotected Cloudflare Tunnels",),
    url=f"{ACCESS_URL}applications/http-apps/self-hosted-public-app/",
    settings={"publicHostnames": schema.texts("Hosts that are public on purpose.")},
)
def graph_tunnel_behind_access(stack: Stack, settings: Settings) -> Findings:
    """A host that leads through a tunnel to an inner service is open to all without Access."""
    places = [place for app in stack.of(ACCESS_APPLICATION) for place in protected(app)]
    if not links.known(places):
        return
    whole = [host for place, host in links.hosts(places) if not links.path_of(place.text() or "")]
    for place, host in links.hosts(_tunnelled(stack)):
        is_covered = any(links.covers(pattern, host) for pattern in whole)
        if not is_covered and host not in settings["publicHostnames"]:
            yield place.problem(f"is {place}, which no Access application covers as a whole")


def _tunnelled(stack: Stack) -> Iterator[Value]:
    for config in stack.of(TUNNEL_CONFIG):
        ingresses = config["config"]["ingresses"].items()
        yield from (each["hostname"] for each in ingresses if not is_refusal(each))
    for record in stack.of(DNS_RECORD):
        target = record["content"].text() or ""
        tunnels = [each.type for each in stack.sources(record, "content")]
        if target.lower().endswith(".cfargotunnel.com") or TUNNEL in tunnels:
            yield record["name"]


@graph_rule(
    "graph-machine-routes-have-tokens",
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Use the tokens of this stack, drop those nobody uses, and be told before one ends.",
    frameworks=("Cloudflare Access: service tokens",),
    url=f"{ACCESS_URL}service-credentials/service-tokens/",
    settings={"externalTokens": schema.texts("Ids of tokens that other stacks own.")},
    pending="access",
)
def graph_machine_routes_have_tokens(stack: Stack, settings: Settings) -> Findings:
    """A token that nobody uses, or that ends unannounced, is found out by an outage or a thief."""
    tokens, holders = stack.of(ACCESS_TOKEN), stack.of(ACCESS_POLICY, ACCESS_APPLICATION)
    for place in (place for holder in holders for place in _token_ids(holder)):
        is_external = place.text() in settings["externalTokens"]
        if place.present and not is_external and not _is_known(stack, place, tokens):
            yield place.problem("names a token that this stack does not have")
    for token in tokens:
        if stack.lacks(_uses(stack, holders, token)):
            yield token.problem("is used by no policy")
    alerts = (each["alertType"].equals(TOKEN_ALERT) for each in stack.of(NOTIFICATION))
    if tokens and stack.lacks(alerts):
        yield tokens[0].problem(f"may end unannounced: the stack has no {TOKEN_ALERT}")


def _token_ids(holder: Resource) -> Iterator[Value]:
    for policy in policies(holder):
        for include in policy["includes"].items():
            if include.has("serviceToken"):
                yield include["serviceToken"]["tokenId"]


def _is_known(stack: Stack, place: Value, tokens: list[Resource]) -> bool:
    props = ("includes", "policies")
    return any(links.is_ours(stack, place, p, tokens, "id") for p in props)


def _uses(stack: Stack, holders: list[Resource], token: Resource) -> Iterator[bool]:
    for holder in holders:
        yield from (token in stack.sources(holder, prop) for prop in ("includes", "policies"))
        own_id = token["id"].text()
        yield from (place.text() == own_id for place in _token_ids(holder))


@graph_rule(
    "graph-bypass-shadow",
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Narrow the bypass to what must be open, or give each path one application.",
    frameworks=("Cloudflare Access: application paths",),
    url=f"{ACCESS_URL}policies/app-paths/",
    pending="access",
)
def graph_bypass_shadow(stack: Stack) -> Findings:
    """The most specific application wins, so that a bypass may open what another one closes."""
    applications = stack.of(ACCESS_APPLICATION)
    for one in applications:
        for other in applications:
            if one is not other:
                yield from _shadows(one, other)


def _shadows(one: Resource, other: Resource) -> Findings:
    for place in protected(one):
        for against in protected(other):
            mine, theirs = place.text(), against.text()
            if not mine or not theirs or links.host_of(mine) != links.host_of(theirs):
                continue
            if mine == theirs and one.urn < other.urn:
                yield place.problem(f"is {place}, as it is in {other}")
            elif _bypasses(one) and not _bypasses(other):
                yield place.problem(f"is bypassed inside what {other} protects")


def _bypasses(application: Resource) -> bool:
    return any(policy["decision"].equals("bypass") for policy in policies(application))
