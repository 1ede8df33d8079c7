"""The edge: how requests come in from clients (`entry/`), and go out of workers (`outbound/`)."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from common.json_types import Json
from local.records.model import PIN_PROVIDER, Cloud, Route, managed_host
from local.runtime.configuration.capnp import Embed
from local.runtime.configuration.environment import Account
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import (
    designator,
    json_binding,
    modules_of,
    reached,
    service_binding,
    system_worker,
    told_binding,
    worker_service,
)
from local.runtime.edge.keys import signing_key
from planning.refusals import RefusedError
from planning.routes import Route as ParsedRoute
from planning.routes import parse_route

FOLDER = Path(__file__).parent

HEADERS_SET = {
    "cf-connecting-ip": "127.0.0.1",
    "cf-ipcountry": "XX",
    "cf-visitor": '{"scheme":"https"}',
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "https",
    "x-real-ip": "127.0.0.1",
}
HEADERS_DROPPED = (
    "cf-access-authenticated-user-email",
    "cf-access-jwt-assertion",
    "cf-connecting-ipv6",
    "cf-ew-via",
    "cf-pseudo-ipv4",
    "cf-ray",
    "cf-worker",
    "true-client-ip",
)
"""What a client may not say of itself. workerd sets and drops these before any worker runs."""

SOCKET: Json = {
    "name": "edge",
    "http": {
        "injectRequestHeaders": [
            *({"name": name, "value": value} for name, value in HEADERS_SET.items()),
            *({"name": name} for name in HEADERS_DROPPED),
        ],
        "injectResponseHeaders": [{"name": "server", "value": "cloudflare"}],
    },
    "service": designator("system:entry"),
}

LOOPBACK: Json = {
    "name": "loopback",
    "network": {"allow": ["local"], "tlsOptions": {"trustBrowserCas": True}},
}
"""This machine. `outbound/` lets a worker through to the addresses that it was given."""


def _services(cloud: Cloud, account: Account) -> list[Json]:
    outbound = modules_of(FOLDER / "outbound")
    return [
        system_worker("entry", _entry_modules(), _entry_bindings(cloud, account)),
        system_worker("outbound", outbound, _outbound_bindings(cloud, account)),
        LOOPBACK,
    ]


def _entry_modules() -> list[Json]:
    """List the modules of caching, entry and rules by their paths, so that they find each other."""
    main = FOLDER / "entry" / "index.mjs"
    found = [
        path
        for room in ("access", "caching", "entry", "rules")
        for path in (FOLDER / room).rglob("*.mjs")
    ]
    paths = [main, *sorted(path for path in found if path != main)]
    return [{"name": str(path.relative_to(FOLDER)), "esModule": Embed(path)} for path in paths]


def _entry_bindings(cloud: Cloud, account: Account) -> list[Json]:
    public = _public_hosts(cloud, account)
    return [
        told_binding("ROUTES", _routes(cloud)),
        told_binding("RULESETS", _rulesets(cloud)),
        told_binding("LISTS", _lists(cloud)),
        told_binding("ACCESS", _access(cloud, account)),
        json_binding("ACCESS_METHOD", PIN_PROVIDER),
        json_binding("ZONE_NAMES", cloud.zone_names),
        json_binding("PUBLIC", public),
        json_binding("PORT", account.edge_port),
        json_binding("EXPLORER", dict(account.explorer)),
        json_binding("LINE_KEY", account.line_key),
        service_binding("LOOPBACK", LOOPBACK["name"]),
        service_binding("TUNNEL", "system:tunnels"),
        service_binding("TAIL", "system:tail"),
        service_binding("BALANCER", "system:balancers"),
        *(
            {
                "name": f"cache:{zone}",
                "service": designator("system:cache", {"zone": zone}, "Edge"),
            }
            for zone in cloud.zone_names
        ),
        *(
            {"name": f"worker:{worker.name}", "service": reached(worker.name, cloud)}
            for worker in cloud.workers
        ),
        *(
            service_binding(f"worker:{preview.name}", worker_service(preview.worker))
            for preview in cloud.previews
            if preview.name != preview.worker
        ),
        *(
            {
                "name": f"bucket:{bucket}",
                "service": designator("system:r2", {"bucket": bucket}, "Public"),
            }
            for bucket in public.values()
        ),
    ]


def in_order(routes: Iterable[Route]) -> list[Json]:
    """Take *routes* apart in the order in which they are tried: the first that matches answers.

    A route goes before a custom domain of the same host, that before a load balancer, and that
    before a tunnel. Requests count as https.
    """
    apart = [(route, parsed) for route in routes if (parsed := _parsed(route))]
    answering = [(route, parsed) for route, parsed in apart if parsed.scheme != "http"]
    order = ("route", "domain", "balancer", "tunnel")
    answering.sort(key=lambda each: (order.index(each[0].kind), *each[1].rank, each[0].zone))
    return [asdict(route) | asdict(parsed) for route, parsed in answering]


def _parsed(route: Route) -> ParsedRoute | None:
    """Take *route* apart; `None` for one of older records that no URL can match."""
    with suppress(RefusedError):
        return parse_route(route.pattern if route.kind == "route" else f"{route.pattern}/*")
    return None


def _outbound_bindings(cloud: Cloud, account: Account) -> list[Json]:
    return [
        told_binding("HOSTS", _hosts(cloud, account)),
        json_binding("S3_HOSTS", account.s3_hosts),
        json_binding("LOOK_ALIKES", dict(account.look_alikes)),
        {"name": "ORIGIN", "service": designator("system:entry", entrypoint="Origin")},
        {"name": "S3", "service": designator("system:r2", entrypoint="S3")},
        service_binding("INTERNET", "internet"),
        service_binding("LOOPBACK", LOOPBACK["name"]),
        service_binding("TAIL", "system:tail"),
    ]


def _routes(cloud: Cloud) -> list[Json]:
    names = {worker.name for worker in cloud.workers}
    answered = [route for route in cloud.routes if route.worker is None or route.worker in names]
    previews = [Route(each.host, each.name, "domain") for each in cloud.previews]
    tunnels = [Route(each.host, None, "tunnel", each.zone) for each in cloud.tunnels]
    balanced = [Route(each.host, None, "balancer", each.zone) for each in cloud.balancers]
    return in_order([*answered, *previews, *tunnels, *balanced])


def _rulesets(cloud: Cloud) -> list[Json]:
    return [asdict(ruleset) for ruleset in cloud.rulesets]


def _lists(cloud: Cloud) -> list[Json]:
    return [asdict(each) for each in cloud.lists]


def _access(cloud: Cloud, account: Account) -> Json:
    """Tell who is asked who they are. The key is made when something is guarded first."""
    told = asdict(cloud.access)
    key = json.loads(signing_key(account.access_key)) if cloud.access.team else None
    return {**told, "key": key}


def _hosts(cloud: Cloud, account: Account) -> list[str]:
    """List the hosts that workers reach within this process."""
    domains = [route.pattern for route in cloud.routes if route.kind == "domain"]
    previews = [each.host for each in cloud.previews]
    tunnels = [each.host for each in cloud.tunnels]
    team = [cloud.access.team] if cloud.access.team else []
    balanced = [each.host for each in cloud.balancers]
    return [*domains, *previews, *tunnels, *balanced, *team, *_public_hosts(cloud, account)]


def _told(cloud: Cloud, account: Account) -> dict[str, object]:
    return {
        "/edge/routes": _routes(cloud),
        "/edge/rulesets": _rulesets(cloud),
        "/edge/lists": _lists(cloud),
        "/edge/access": _access(cloud, account),
        "/edge/hosts": _hosts(cloud, account),
    }


def _public_hosts(cloud: Cloud, account: Account) -> dict[str, str]:
    """Map the hosts of public buckets to the buckets."""
    return {
        managed_host(account.id, bucket.name): bucket.name
        for bucket in cloud.buckets
        if bucket.managed_domain
    }


KIND = RuntimeKind(
    services=_services,
    sockets=(SOCKET,),
    admin=lambda _: [
        {"name": "ROUTER", "service": designator("system:entry", entrypoint="Control")},
        {"name": "OUTBOUND", "service": designator("system:outbound", entrypoint="Control")},
    ],
    told=_told,
)
