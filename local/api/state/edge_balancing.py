"""From the records of load balancing to what the edge balances by."""

from collections.abc import Iterator, Mapping

from common.json_types import Json
from local.records.endpoints import endpoint
from local.records.model import Balancer, Pool
from local.records.records import Kind, Records

PLAIN = ("http", "https")
_OF_A_BALANCER = (
    "adaptive_routing",
    "country_pools",
    "default_pools",
    "enabled",
    "fallback_pool",
    "pop_pools",
    "random_steering",
    "region_pools",
    "session_affinity",
    "session_affinity_attributes",
    "session_affinity_ttl",
    "steering_policy",
)
"""What decides where a request goes; a new description changes nothing there."""


def balancers(records: Records, zones: Mapping[str, str]) -> Iterator[Balancer]:
    """Find the hosts that are balanced. *zones* are the names of zones by their ids."""
    for record in records.all(Kind.BALANCER):
        if record["zone_id"] in zones:
            settings = {name: record[name] for name in _OF_A_BALANCER if name in record}
            yield Balancer(record["name"], zones[record["zone_id"]], settings)


def pools(records: Records) -> Iterator[Pool]:
    """Find the pools, with what is known of the health of their origins."""
    for record in records.all(Kind.POOL):
        origins = [origin_of(records, record, each) for each in record["origins"]]
        yield Pool(
            record["id"],
            {
                "enabled": record["enabled"],
                "minimum_origins": record["minimum_origins"],
                "policy": (record.get("origin_steering") or {}).get("policy", "random"),
                "origins": origins,
            },
        )


def origin_of(records: Records, pool: Json, origin: Json) -> Json:
    """Return *origin* of *pool* in the form of the runtime; one that nobody asked is healthy."""
    verdict = verdict_of(records, pool, origin)
    return {
        "name": origin["name"],
        "address": origin["address"],
        "enabled": origin.get("enabled", True),
        "weight": origin.get("weight", 1),
        "port": origin.get("port") or 0,
        "host": host_of(origin),
        "scheme": scheme_of(records, pool),
        "healthy": verdict is not False,
    }


def verdict_of(records: Records, pool: Json, origin: Json) -> bool | None:
    """Return whether *origin* was found healthy by the monitor of *pool*; `None`: not known."""
    known = records.get(Kind.HEALTH, pool["id"])
    if known is None or known["monitor"] != pool.get("monitor"):
        return None
    found: bool | None = known["origins"].get(origin_key(origin))
    return found


def origin_key(origin: Json) -> str:
    """Return what an origin is known by: another address is another origin."""
    return f"{origin['name']} {origin['address']} {origin.get('port') or 0}"


def host_of(origin: Json) -> str:
    """Return the `Host` that *origin* is asked for; "" for the visitor's."""
    named = {name.lower(): values for name, values in (origin.get("header") or {}).items()}
    return str(next(iter(named.get("host") or ()), ""))


def scheme_of(records: Records, pool: Json) -> str:
    """Return what a server of this machine is spoken to in: as its monitor does, else http."""
    monitor = records.get(Kind.MONITOR, pool.get("monitor") or "") or {}
    return monitor["type"] if monitor.get("type") in PLAIN else "http"


def endpoints(records: Records) -> tuple[str, ...]:
    """List the servers of this machine that pools and health checks name, each once."""
    return tuple(sorted({*_of_pools(records), *_of_health_checks(records)}))


def _of_pools(records: Records) -> Iterator[str]:
    for record in records.all(Kind.POOL):
        monitor = records.get(Kind.MONITOR, record.get("monitor") or "") or {}
        for origin in record["origins"]:
            scheme, port = scheme_of(records, record), origin.get("port") or 0
            for asked in {port, monitor.get("port") or port}:
                if found := endpoint(origin["address"], scheme, asked):
                    yield found


def _of_health_checks(records: Records) -> Iterator[str]:
    for record in records.all(Kind.HEALTH_CHECK):
        scheme = record["type"].lower()
        port = (record.get("http_config") or {}).get("port") or 0
        if scheme in PLAIN and (found := endpoint(record["address"], scheme, port)):
            yield found
