"""The addresses of a script put as a whole, as `wrangler deploy` does."""

from uuid import uuid4

from common.json_types import Json
from local.api.errors import invalid_request
from local.api.http.call import Body, Call, parse
from local.api.http.routing import Family
from local.api.state.state import State, Zone
from local.api.workers import errors
from local.api.workers.addresses import DomainBody, RouteBody, put_domain_record, put_route_record
from local.api.workers.scripts import SCRIPT, find
from local.api.workers.upload import script_name
from local.records.records import Kind, Records

family = Family("Workers addresses as wrangler publishes them")


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
    name, body = script_name(call), await call.json()
    if not isinstance(body, list):
        raise invalid_request("body: Input should be a list of routes")
    patterns = [parse(RouteBody, entry).pattern for entry in body]
    return await call.state.change(lambda r: _put_routes(r, call.state, name, patterns))


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
    name, body = script_name(call), await call.json()
    origins = [parse(Origin, entry) for entry in (body if isinstance(body, list) else [])]
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
        raise errors.domain_not_found()
    return domain


def _domain(name: str, origin: Origin, *, override: bool) -> DomainBody:
    return DomainBody(
        hostname=origin.hostname,
        service=name,
        zone_id=origin.zone_id,
        zone_name=origin.zone_name,
        override_existing_origin=override,
    )


def _put_routes(records: Records, state: State, name: str, patterns: list[str]) -> list[Json]:
    find(records, name)
    own = {r["pattern"]: r["id"] for r in records.all(Kind.ROUTE) if r["script"] == name}
    for pattern, route_id in own.items():
        if pattern not in patterns:
            records.remove(Kind.ROUTE, route_id)
    return [
        put_route_record(
            records,
            _zone(state, pattern),
            own.get(pattern, uuid4().hex),
            RouteBody(pattern=pattern, script=name),
        )
        for pattern in patterns
    ]


def _zone(state: State, pattern: str) -> Zone:
    host = pattern.partition("://")[2] or pattern
    zone = state.account.zone_of(host.partition("/")[0].lstrip("*").lstrip(".").lower())
    if zone is None:
        raise errors.invalid_route(pattern, "the host lies in no zone of this account")
    return zone
