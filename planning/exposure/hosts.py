"""Every host by which something of the stack answers, before it is asked who may."""

from collections.abc import Iterator
from dataclasses import dataclass

from planning.exposure.graph import Graph, Resource, items, part, text
from planning.exposure.model import EVERY_PATH, Bound, Kind, Place, Target
from planning.exposure.workers import scripts, store, worker_of
from planning.refusals import RefusedError
from planning.routes import parse_route

TUNNEL, TUNNEL_CONFIG = "ZeroTrustTunnelCloudflared", "ZeroTrustTunnelCloudflaredConfig"
TUNNEL_DOMAIN = ".cfargotunnel.com"
ADDRESSES = ("A", "AAAA", "CNAME")
NO_ORIGIN = ("100::", "192.0.2.", "2001:db8:")
"""Begin the addresses that a record has when nothing but a route is meant to answer."""

STATUS = "http_status:"
WORKERS_DEV = "SUBDOMAIN.workers.dev"
"""Ends hosts of workers.dev; the account chooses the first part, and no resource says it."""

UNPROXIED = "not proxied: neither rules of the zone nor Access see a request"
BEYOND_ZONES = "in no zone: no rule of a zone sees a request"


@dataclass(frozen=True)
class Door:
    """A host by which something answers."""

    kind: Kind
    host: str
    target: Place
    path: str = EVERY_PATH
    watched: bool = True
    """Whether Access sees a request for it. Default: it does."""

    zoned: bool = True
    """Whether the rules of its zone see a request for it. Default: they do."""

    closed: str = ""
    """What answers in its place; "" where something does."""

    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Switches:
    """Whether a worker answers at workers.dev; `None` where nothing in the stack says so."""

    workers_dev: bool | None
    previews: bool | None


def doors(graph: Graph) -> list[Door]:
    """Return every host of the stack, in an order that does not depend on the program."""
    found = [
        *_domains(graph),
        *_routes(graph),
        *_own_hosts(graph),
        *_tunnelled(graph),
        *_buckets(graph),
        *_balanced(graph),
        *_pages(graph),
    ]
    return [*found, *_records(graph, found)]


def others(graph: Graph) -> Iterator[Target]:
    """Yield what answers and is no worker: tunnels, public buckets, load balancers."""
    for config in graph.of(TUNNEL_CONFIG):
        yield Target(_tunnel(graph, config), tuple(_services(graph, config)))
    for resource in graph.of("R2CustomDomain", "R2ManagedDomain"):
        bucket = graph.resolve(resource, "bucketName", "R2Bucket")
        if bucket and resource.inputs.get("enabled") is not False:
            objects = Bound("objects", "r2_bucket", (store(graph, bucket),))
            yield Target(_public(graph, resource), (objects,))
    for balancer in graph.of("LoadBalancer"):
        place = Place("load balancer", text(balancer.inputs.get("name")), graph.system(balancer))
        yield Target(place, tuple(_origins(graph, balancer)))


def switches(graph: Graph, script: str) -> Switches:
    """Return whether the worker *script* answers at workers.dev, and its versions."""
    for resource in graph.of("WorkersScriptSubdomain"):
        if worker_of(graph, resource, "scriptName").name == script:
            own, previews = resource.inputs.get("enabled"), resource.inputs.get("previewsEnabled")
            return Switches(own is True, (own if previews is None else previews) is True)
    for resource in graph.of("Worker"):
        if resource.own_name == script and (said := part(resource.inputs.get("subdomain"))):
            own, previews = said.get("enabled"), said.get("previewsEnabled")
            return Switches(own is True, (own if previews is None else previews) is True)
    return Switches(None, None)


def _domains(graph: Graph) -> Iterator[Door]:
    for each in graph.of("WorkersCustomDomain"):
        host = text(each.inputs.get("hostname")).lower()
        yield Door(Kind.DOMAIN, host, worker_of(graph, each, "service"))


def _routes(graph: Graph) -> Iterator[Door]:
    for each in graph.of("WorkersRoute"):
        pattern = text(each.inputs.get("pattern"))
        try:
            route = parse_route(pattern)
        except RefusedError:
            yield Door(Kind.ROUTE, pattern, worker_of(graph, each, "script"))
            continue
        host = f"{'*' if route.any_host else ''}{route.host}"
        path = f"{route.path}{'*' if route.any_path else ''}"
        yield Door(Kind.ROUTE, host, worker_of(graph, each, "script"), path)


def _own_hosts(graph: Graph) -> Iterator[Door]:
    """Yield hosts of workers.dev: they lie in no zone, so that only Access may stand before."""
    for script in scripts(graph):
        said = switches(graph, script.name)
        place = Place("worker", script.name, script.system)
        about = {"zoned": False, "notes": (BEYOND_ZONES,)}
        if said.workers_dev:
            host = f"{script.name}.{WORKERS_DEV}"
            yield Door(Kind.WORKERS_DEV, host, place, **about)  # type: ignore[arg-type]
        if said.previews:
            host = f"VERSION-{script.name}.{WORKERS_DEV}"
            yield Door(Kind.PREVIEW, host, place, **about)  # type: ignore[arg-type]


def _tunnelled(graph: Graph) -> Iterator[Door]:
    opened = {text(each.inputs.get("name")).lower(): each for each in _tunnel_records(graph)}
    led: set[str] = set()
    for config in graph.of(TUNNEL_CONFIG):
        place = _tunnel(graph, config)
        for ingress in _ingresses(config):
            host = text(ingress.get("hostname")).lower()
            if host:
                led.add(host)
                is_open = any(_is_host(name, host) for name in opened)
                yield _ingress(place, host, ingress, is_open=is_open)
    for host in sorted(opened.keys() - led):
        record = opened[host]
        tunnel = graph.resolve(record, "content", TUNNEL)
        name = tunnel.own_name if tunnel else "of another stack"
        closed = "nobody: 404" if tunnel else ""
        place = Place("tunnel", name, graph.system(record))
        yield Door(Kind.TUNNEL, host, place, closed=closed, **_proxied(record))  # type: ignore[arg-type]


def _ingress(place: Place, host: str, ingress: object, *, is_open: bool) -> Door:
    said = part(ingress)
    service = text(said.get("service"))
    closed = f"nobody: {service.removeprefix(STATUS)}" if service.startswith(STATUS) else ""
    if not closed and not is_open:
        closed = "nobody: no DNS record of this stack leads there"
    notes = []
    if part(part(said.get("originRequest")).get("access")).get("required"):
        notes.append("the tunnel asks for a token of Access too")
    pattern = text(said.get("path"))
    if pattern:
        notes.append(f"paths that match {pattern}")
    return Door(Kind.TUNNEL, host, place, closed=closed, notes=tuple(notes))


def _tunnel_records(graph: Graph) -> list[Resource]:
    return [
        each
        for each in graph.of("DnsRecord")
        if text(each.inputs.get("content")).endswith(TUNNEL_DOMAIN)
        or graph.sources(each, "content", TUNNEL)
    ]


def _tunnel(graph: Graph, config: Resource) -> Place:
    tunnel = graph.resolve(config, "tunnelId", TUNNEL)
    return Place("tunnel", tunnel.own_name if tunnel else "of another stack", graph.system(config))


def _services(graph: Graph, config: Resource) -> Iterator[Bound]:
    for ingress in _ingresses(config):
        service = text(ingress.get("service"))
        host = text(ingress.get("hostname"))
        if host and service and not service.startswith(STATUS):
            leads_to = Place("service", _without_user(service), graph.system(config))
            yield Bound(host, "ingress", (leads_to,))


def _ingresses(config: Resource) -> list[dict[str, object]]:
    return [dict(each) for each in items(part(config.inputs.get("config")).get("ingresses"))]


def _buckets(graph: Graph) -> Iterator[Door]:
    for each in graph.of("R2CustomDomain"):
        if each.inputs.get("enabled") is not False:
            host = text(each.inputs.get("domain")).lower()
            yield Door(Kind.BUCKET, host, _public(graph, each))
    for each in graph.of("R2ManagedDomain"):
        if each.inputs.get("enabled") is not False:
            place = _public(graph, each)
            notes = (BEYOND_ZONES,)
            host = f"pub-ID.r2.dev of {place.name}"
            yield Door(Kind.BUCKET, host, place, watched=False, zoned=False, notes=notes)


def _public(graph: Graph, resource: Resource) -> Place:
    bucket = graph.resolve(resource, "bucketName", "R2Bucket")
    name = bucket.own_name if bucket else text(resource.inputs.get("bucketName"))
    return Place("public bucket", name, graph.system(bucket or resource))


def _balanced(graph: Graph) -> Iterator[Door]:
    for each in graph.of("LoadBalancer"):
        name = text(each.inputs.get("name")).lower()
        place = Place("load balancer", text(each.inputs.get("name")), graph.system(each))
        yield Door(Kind.BALANCER, name, place, **_proxied(each))  # type: ignore[arg-type]


def _origins(graph: Graph, balancer: Resource) -> Iterator[Bound]:
    """Yield where a balancer leads: its pools by the order in which it has them."""
    ids = [*(balancer.inputs.get("defaultPools") or ()), balancer.inputs.get("fallbackPool")]
    named = [graph.find(each, "LoadBalancerPool") for each in ids]
    made_of = [
        pool
        for key in ("defaultPools", "fallbackPool", "regionPools", "countryPools", "popPools")
        for pool in graph.sources(balancer, key, "LoadBalancerPool")
    ]
    pools = dict.fromkeys(each.urn for each in (*named, *made_of) if each)
    for pool in (each for urn in pools for each in graph.of("LoadBalancerPool") if each.urn == urn):
        for origin in items(pool.inputs.get("origins")):
            address = _without_user(text(origin.get("address"))) or "one not known yet"
            yield Bound(pool.own_name, "pool", (Place("origin", address, graph.system(balancer)),))


def _pages(graph: Graph) -> Iterator[Door]:
    for each in graph.of("PagesDomain"):
        place = Place("Pages", text(each.inputs.get("projectName")), graph.system(each))
        yield Door(Kind.DOMAIN, text(each.inputs.get("name")).lower(), place)


def _records(graph: Graph, known: list[Door]) -> Iterator[Door]:
    """Yield records that lead to a server, and what is left of those that routes answer for."""
    tunnelled = {each.urn for each in _tunnel_records(graph)}
    routed = [each.host for each in known if each.kind is Kind.ROUTE]
    for each in graph.of("DnsRecord"):
        content, host = text(each.inputs.get("content")), text(each.inputs.get("name")).lower()
        if each.urn in tunnelled or each.inputs.get("type") not in ADDRESSES:
            continue
        is_empty = content.startswith(NO_ORIGIN)
        if is_empty and any(_is_host(route, host) for route in routed):
            continue
        closed = "nobody: nothing answers there" if is_empty else ""
        place = Place("server", content or "one not known yet", graph.system(each))
        yield Door(Kind.RECORD, host, place, closed=closed, **_proxied(each))  # type: ignore[arg-type]


def _is_host(route: str, host: str) -> bool:
    return host.endswith(route.removeprefix("*")) if route.startswith("*") else route == host


def _proxied(resource: Resource) -> dict[str, object]:
    if resource.inputs.get("proxied") is True:
        return {}
    return {"watched": False, "zoned": False, "notes": (UNPROXIED,)}


def _without_user(address: str) -> str:
    """Leave out the name and the password that an address may hold."""
    scheme, slashes, rest = address.rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}"
