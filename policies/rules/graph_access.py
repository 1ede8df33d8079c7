"""Access across the stack: no way around it, no token without an end, no token for nothing."""

from collections.abc import Iterator

from policies.pack import links, schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource, Stack
from policies.pack.rule import DEPLOYED, PRODUCTION, Settings, Severity, graph_rule
from policies.pack.type_tokens import (
    ACCESS_APPLICATION,
    ACCESS_POLICY,
    ACCESS_TOKEN,
    DNS_RECORD,
    NOTIFICATION,
    TUNNEL,
    TUNNEL_CONFIG,
    WORKER,
    WORKER_DOMAIN,
    WORKER_ROUTE,
    WORKER_SUBDOMAIN,
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
)
def graph_bypass_shadow(stack: Stack) -> Findings:
    """The most specific application wins, so that a bypass may open what another one closes."""
    applications = stack.of(ACCESS_APPLICATION)
    for one in applications:
        for other in applications:
            if one is not other:
                yield from _shadows(stack, one, other)


def _shadows(stack: Stack, one: Resource, other: Resource) -> Findings:
    for place in protected(one):
        for against in protected(other):
            mine, theirs = place.text(), against.text()
            if not mine or not theirs or links.host_of(mine) != links.host_of(theirs):
                continue
            if mine == theirs and one.urn < other.urn:
                yield place.problem(f"is {place}, as it is in {other}")
            elif _bypasses(stack, one) and not _bypasses(stack, other):
                yield place.problem(f"is bypassed inside what {other} protects")


def _bypasses(stack: Stack, application: Resource) -> bool:
    """Whether a policy of its own, or a reusable one that it names, asks nobody."""
    reusable = (each for each in stack.of(ACCESS_POLICY) if _has(stack, application, each))
    decisions = [policy["decision"] for policy in policies(application)]
    decisions += [policy["decision"] for policy in reusable]
    return any(decision.equals("bypass") for decision in decisions)


def _has(stack: Stack, application: Resource, policy: Resource) -> bool:
    named = [each["id"].text() for each in application["policies"].items()]
    own = policy["id"].text()
    return policy in stack.sources(application, "policies") or (own is not None and own in named)


@graph_rule(
    "graph-worker-behind-access",
    severity=Severity.CRITICAL,
    levels=DEPLOYED,
    remedy="Add a destination of type worker, or switch workers.dev and previews of it off.",
    frameworks=("Cloudflare Access: applications for Workers",),
    url=f"{ACCESS_URL}applications/http-apps/",
)
def graph_worker_behind_access(stack: Stack) -> Findings:
    """Access before a host of a worker leaves its workers.dev and preview addresses open."""
    for script, host in _answering(stack):
        guards = [app for app in stack.of(ACCESS_APPLICATION) if _stands_before(app, host)]
        guarding = (_guards_worker(stack, a, script) for a in stack.of(ACCESS_APPLICATION))
        if guards and stack.lacks(guarding):
            for door in _side_doors(stack, script):
                yield door.problem(f"is {door}: {guards[0]} asks at {host}, and nobody does here")


def _answering(stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield each script with the hosts that it answers at."""
    places = [(each["service"], each["hostname"]) for each in stack.of(WORKER_DOMAIN)]
    places += [(each["script"], each["pattern"]) for each in stack.of(WORKER_ROUTE)]
    for script, place in places:
        if (name := script.text()) and (text := place.text()):
            yield name, links.host_of(text)


def _stands_before(application: Resource, host: str) -> bool:
    return any(links.covers(name, host) for _, name in links.hosts(protected(application)))


def _guards_worker(stack: Stack, application: Resource, script: str) -> bool:
    kinds = {each["type"].text() for each in application["destinations"].items()}
    if kinds & {"all_workers", "all_preview_workers"}:
        return True
    sources = stack.sources(application, "destinations")
    if not kinds & {"worker", "preview_worker"}:
        return False
    if any(each[key].text() == script for each in sources for key in ("scriptName", "name")):
        return True
    return any(each["workerId"].text() == script for each in application["destinations"].items())


def _side_doors(stack: Stack, script: str) -> Iterator[Value]:
    doors = [each.props for each in stack.of(WORKER_SUBDOMAIN) if each["scriptName"].equals(script)]
    doors += [each["subdomain"] for each in stack.of(WORKER) if each["name"].equals(script)]
    for door in doors:
        yield from (door[key] for key in ("enabled", "previewsEnabled") if door[key].is_true)
