"""Where scripts answer: custom domains and zone routes."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import uuid4

from common.json_types import Json
from local.api.errors import unknown_zone
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.state.state import State, Zone
from local.api.workers import address_errors, errors
from local.api.workers.scripts import find
from local.records.records import Kind, Records
from planning.names import HOST
from planning.refusals import RefusedError
from planning.routes import Route, parse_route, route_zone

DOMAINS = "/accounts/{account_id}/workers/domains"
ROUTES = "/zones/{zone_id}/workers/routes"

family = Family("Workers domains and routes", errors.BODY)


class DomainBody(Body):
    """A custom domain as it is put. The zone is found by the host when it is not given."""

    hostname: str
    service: str
    zone_id: str | None = None
    zone_name: str | None = None
    environment: str | None = None
    override_existing_origin: bool = False


class RouteBody(Body):
    """A route as it is put. Without *script* it keeps workers away from what it matches."""

    pattern: str
    script: str | None = None


@family("GET", DOMAINS)
async def list_domains(call: Call) -> list[Json]:
    filters = ("hostname", "service", "zone_id", "zone_name", "environment")
    asked = {name: call.query[name] for name in filters if name in call.query}
    domains = call.state.records.all(Kind.DOMAIN)
    return [d for d in domains if all(d[name] == value for name, value in asked.items())]


@family("PUT", DOMAINS, note="no DNS record and no certificate is made")
async def put_domain(call: Call) -> Json:
    body = await call.read(DomainBody)
    return await call.state.change(lambda records: put_domain_record(records, call.state, body))


@family("GET", f"{DOMAINS}/{{domain_id}}")
async def get_domain(call: Call) -> Json:
    return _domain(call.state.records, call.params["domain_id"])


@family("DELETE", f"{DOMAINS}/{{domain_id}}")
async def delete_domain(call: Call) -> Json:
    domain_id = call.params["domain_id"]

    def edit(records: Records) -> None:
        _domain(records, domain_id)
        records.remove(Kind.DOMAIN, domain_id)

    await call.state.change(edit)
    return {"id": domain_id}


@family("GET", ROUTES)
async def list_routes(call: Call) -> Any:
    zone = zone_of(call)
    routes = [r for r in call.state.records.all(Kind.ROUTE) if r["zone_id"] == zone.id]
    return page([_shown(route) for route in routes], call.query, 1000)


@family("POST", ROUTES)
async def create_route(call: Call) -> Json:
    zone, body = await _read_route(call)
    route_id = uuid4().hex
    return _shown(
        await call.state.change(lambda records: put_route_record(records, zone, route_id, body))
    )


@family("GET", f"{ROUTES}/{{route_id}}")
async def get_route(call: Call) -> Json:
    return _shown(_route(call.state.records, zone_of(call), call.params["route_id"]))


@family("PUT", f"{ROUTES}/{{route_id}}")
async def update_route(call: Call) -> Json:
    zone, body = await _read_route(call)
    route_id = call.params["route_id"]

    def edit(records: Records) -> Json:
        _route(records, zone, route_id)
        return put_route_record(records, zone, route_id, body)

    return _shown(await call.state.change(edit))


@family("DELETE", f"{ROUTES}/{{route_id}}")
async def delete_route(call: Call) -> Json:
    zone, route_id = zone_of(call), call.params["route_id"]

    def edit(records: Records) -> None:
        _route(records, zone, route_id)
        records.remove(Kind.ROUTE, route_id)

    await call.state.change(edit)
    return {"id": route_id}


async def _read_route(call: Call) -> tuple[Zone, RouteBody]:
    zone, body = zone_of(call), await call.read(RouteBody)
    zone_of_route(body.pattern, call.state.account.zones, zone.name)
    return zone, body


def zone_of(call: Call) -> Zone:
    """Find the zone in the path; refused when the account has none of that id."""
    for zone in call.state.account.zones:
        if zone.id == call.params["zone_id"]:
            return zone
    raise unknown_zone(call.params["zone_id"])


def put_domain_record(records: Records, state: State, body: DomainBody) -> Json:
    """Record a custom domain: its host in a zone, its script there, no other script's."""
    hostname = _checked_host(body.hostname)
    zone = state.account.zone_of(hostname)
    asked = {body.zone_id, body.zone_name} - {None}
    if zone is None or not asked <= {zone.id, zone.name}:
        raise address_errors.domain_zone_missing(hostname)
    find(records, body.service)
    old = next((d for d in records.all(Kind.DOMAIN) if d["hostname"] == hostname), None)
    if old and old["service"] != body.service and not body.override_existing_origin:
        raise address_errors.domain_taken(hostname, old["service"])
    ids = old or {"id": uuid4().hex, "cert_id": str(uuid4())}
    domain = {
        "id": ids["id"],
        "hostname": hostname,
        "service": body.service,
        "environment": body.environment or "production",
        "zone_id": zone.id,
        "zone_name": zone.name,
        "cert_id": ids["cert_id"],
    }
    return records.put(Kind.DOMAIN, domain["id"], domain)


def _checked_host(hostname: str) -> str:
    try:
        return HOST.check(hostname.lower().removesuffix("."))
    except RefusedError as error:
        raise address_errors.invalid_domain(hostname, str(error)) from None


def _domain(records: Records, domain_id: str) -> Json:
    domain = records.get(Kind.DOMAIN, domain_id)
    if domain is None:
        raise address_errors.domain_not_found()
    return domain


def put_route_record(records: Records, zone: Zone, route_id: str, body: RouteBody) -> Json:
    """Record a route: a pattern that may stand in its *zone* and that no other route there has."""
    parsed = parse_route(body.pattern)
    for other in records.all(Kind.ROUTE):
        is_other = other["zone_id"] == zone.id and other["id"] != route_id
        if is_other and _is_same(other["pattern"], parsed):
            raise address_errors.route_exists()
    if body.script and records.get(Kind.SCRIPT, body.script) is None:
        raise address_errors.route_script_missing(body.script)
    route = {"id": route_id, "pattern": body.pattern, "script": body.script or None}
    return records.put(Kind.ROUTE, route_id, route | {"zone_id": zone.id})


def zone_of_route(pattern: str, zones: Iterable[Zone], zone_name: str = "") -> Zone:
    """Find the zone that a route stands in: that of its name, else that of its host.

    Refused: a pattern that is none, a host in another zone, every host without a zone's name.
    """
    by_name = {zone.name: zone for zone in zones}
    try:
        if not zone_name and not parse_route(pattern).host:
            raise address_errors.route_zone_missing(pattern)
        return by_name[route_zone(pattern, by_name, zone_name)]
    except RefusedError as error:
        raise address_errors.invalid_route(pattern, str(error)) from None


def _is_same(pattern: str, route: Route) -> bool:
    with suppress(RefusedError):
        return parse_route(pattern) == route
    return False


def _route(records: Records, zone: Zone, route_id: str) -> Json:
    route = records.get(Kind.ROUTE, route_id)
    if route is None or route["zone_id"] != zone.id:
        raise address_errors.route_not_found()
    return route


def _shown(route: Json) -> Json:
    return {key: value for key, value in route.items() if key != "zone_id" and value is not None}
