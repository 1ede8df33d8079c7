"""The addresses of a script put as a whole, as `wrangler deploy` does."""

from uuid import uuid4

from common.json_types import Json
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.state.state import State, Zone
from local.api.workers import address_errors, errors
from local.api.workers.addresses import (
    DomainBody,
    RouteBody,
    put_domain_record,
    put_route_record,
    zone_of_route,
)
from local.api.workers.scripts import SCRIPT, find
from local.api.workers.upload import script_name
from local.records.records import Kind, Records

family = Family("Workers addresses as wrangler publishes them", errors.BODY)


class ScriptRoute(Body):
    """A route of a script. Without a zone it stands in the one that its host lies in."""

    pattern: str
    zone_id: str | None = None
    zone_name: str | None = None


class Origin(Body):
    """A custom domain of a script."""

    hostname: str
    zone_id: str | None = None
    zone_name: str | None = None


class Origins(Body):
    """All custom domains that a script is to have beside those it has."""

    origins: tuple[Origin, ...]
    override_existing_origin: bool = False


@family("PUT", f"{SCRIPT}/routes", note="routes of the script that are not named are removed")
async def put_routes(call: Call) -> list[Json]:
    name, given = script_name(call), await call.read_list(ScriptRoute)
    routes = [(route.pattern, _zone(call.state, route)) for route in given]
    return await call.state.change(lambda r: _put_routes(r, name, routes))


@family("PUT", f"{SCRIPT}/domains/records")
async def put_domains(call: Call) -> list[Json]:
    name, body = script_name(call), await call.read(Origins)
    bodies = [
        _domain(name, origin, override=body.override_existing_origin) for origin in body.origins
    ]
    return await call.state.change(
        lambda records: [put_domain_record(records, call.state, each) for each in bodies]
    )


@family("POST", f"{SCRIPT}/domains/changeset", note="what the PUT would do; nothing is changed")
async def preview_domains(call: Call) -> Json:
    name, origins = script_name(call), await call.read_list(Origin)
    records = call.state.records
    known = {domain["hostname"]: domain for domain in records.all(Kind.DOMAIN)}
    bodies = [_domain(name, origin, override=True) for origin in origins]
    made, _ = call.state.preview(lambda r: [put_domain_record(r, call.state, b) for b in bodies])
    return {
        "added": [domain for domain in made if domain["hostname"] not in known],
        "updated": [
            domain | {"modified": known[domain["hostname"]]["service"] != name}
            for domain in made
            if domain["hostname"] in known
        ],
        "removed": [],
        "conflicting": [],
    }


@family("GET", "/accounts/{account_id}/workers/domains/records/{domain_id}")
async def get_domain_record(call: Call) -> Json:
    domain = call.state.records.get(Kind.DOMAIN, call.params["domain_id"])
    if domain is None:
        raise address_errors.domain_not_found()
    return domain


def _domain(name: str, origin: Origin, *, override: bool) -> DomainBody:
    return DomainBody(
        hostname=origin.hostname,
        service=name,
        zone_id=origin.zone_id,
        zone_name=origin.zone_name,
        override_existing_origin=override,
    )


def _put_routes(records: Records, name: str, routes: list[tuple[str, Zone]]) -> list[Json]:
    find(records, name)
    own = {
        (r["pattern"], r["zone_id"]): r["id"]
        for r in records.all(Kind.ROUTE)
        if r["script"] == name
    }
    wanted = {(pattern, zone.id) for pattern, zone in routes}
    for key, route_id in own.items():
        if key not in wanted:
            records.remove(Kind.ROUTE, route_id)
    return [
        put_route_record(
            records,
            zone,
            own.get((pattern, zone.id), uuid4().hex),
            RouteBody(pattern=pattern, script=name),
        )
        for pattern, zone in routes
    ]


def _zone(state: State, route: ScriptRoute) -> Zone:
    """Find the zone of *route*; refused when its id is none of the account's, or not its name's."""
    name = (route.zone_name or "").lower()
    if route.zone_id:
        known = {zone.id: zone.name for zone in state.account.zones}.get(route.zone_id)
        if known is None or name not in {"", known}:
            called = f" called {name}" if name else ""
            raise address_errors.invalid_route(
                route.pattern, f"zone_id {route.zone_id} is no zone of this account{called}"
            )
        name = known
    return zone_of_route(route.pattern, state.account.zones, name)
