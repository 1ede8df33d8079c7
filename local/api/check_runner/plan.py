"""What is checked, and how: origins of pools by their monitors, and health checks of zones."""

from collections.abc import Iterator
from dataclasses import dataclass

from common.json_types import Json
from local.api.check_runner.codes import split_codes
from local.api.state.edge_balancing import PLAIN, host_of, origin_key
from local.records.records import Kind, Records

RUN = (*PLAIN, "tcp")
"""Types of checks that are run here."""

AGENTS = {
    "check": "Mozilla/5.0 (compatible;Cloudflare-Healthchecks/1.0;"
    "+https://www.cloudflare.com/; healthcheck-id: {})",
    "pool": "Mozilla/5.0 (compatible; Cloudflare-Traffic-Manager/1.0; "
    "+https://www.cloudflare.com/traffic-manager/; pool-id: {})",
}
SHOWN_OF_AN_ID = 16
PORTS = {"http": 80, "https": 443, "tcp": 80}


@dataclass(frozen=True)
class Check:
    """One thing that is asked, again and again."""

    key: str
    """What it is known by while the process runs."""

    kind: Kind
    """`POOL`: an origin of a pool; `HEALTH_CHECK`: the health check of a zone."""

    owner: str
    """Id of the pool or of the health check."""

    origin: str
    """Key of the origin in its pool. "": it is no origin."""

    address: str
    interval: int
    """Seconds from one check to the next."""

    successes: int
    """Passed checks in a row after which it counts as healthy."""

    fails: int
    """Failed checks in a row after which it counts as unhealthy."""

    probe: Json
    """How it is asked: see `balancers/service/prober.mjs`; the scheme may be `tcp`, too."""


def planned(records: Records) -> Iterator[Check]:
    """Yield everything that is to be checked."""
    for pool in records.all(Kind.POOL):
        monitor = records.get(Kind.MONITOR, pool.get("monitor") or "")
        if monitor and pool["enabled"]:
            yield from of_pool(pool, monitor)
    for record in records.all(Kind.HEALTH_CHECK):
        if not record["suspended"]:
            yield of_health_check(record)


def of_pool(pool: Json, monitor: Json) -> Iterator[Check]:
    """Yield a check for each origin of *pool*; none for types that are not run."""
    for origin in pool["origins"]:
        if origin["enabled"] and monitor["type"] in RUN:
            key = origin_key(origin)
            yield Check(
                key=f"{monitor['id']} {pool['id']} {key}",
                kind=Kind.POOL,
                owner=pool["id"],
                origin=key,
                address=origin["address"],
                interval=monitor["interval"],
                successes=max(monitor["consecutive_up"], 1),
                fails=max(monitor["consecutive_down"], 1),
                probe=_monitored(pool, origin, monitor),
            )


def of_health_check(record: Json) -> Check:
    """Return the check that a health check of a zone stands for."""
    return Check(
        key=f"{record['id']} {record['address']}",
        kind=Kind.HEALTH_CHECK,
        owner=record["id"],
        origin="",
        address=record["address"],
        interval=record["interval"],
        successes=record["consecutive_successes"],
        fails=record["consecutive_fails"],
        probe=_asked(record),
    )


def _monitored(pool: Json, origin: Json, monitor: Json) -> Json:
    """Return how *monitor* asks *origin*, whose own `Host` and port go first."""
    headers = monitor.get("header") or {}
    host = host_of(origin) or host_of(monitor)
    port = monitor["port"] or origin.get("port") or 0
    return {
        **_whole(monitor, origin["address"], monitor["type"], port, host),
        "expected_codes": split_codes(monitor["expected_codes"]),
        "headers": {**headers, "user-agent": [_agent("pool", pool["id"])]},
    }


def _asked(record: Json) -> Json:
    scheme = record["type"].lower()
    config = record.get("tcp_config" if scheme == "tcp" else "http_config") or {}
    told = {**record, **config}
    host = host_of(config)
    return {
        **_whole(told, record["address"], scheme, config.get("port") or 0, host),
        "expected_codes": list(config.get("expected_codes") or ["200"]),
        "headers": {
            **(config.get("header") or {}),
            "user-agent": [_agent("check", record["id"])],
        },
    }


def _whole(told: Json, address: str, scheme: str, port: int, host: str) -> Json:
    """Return what both kinds of checks say."""
    return {
        "address": address,
        "scheme": scheme,
        "port": port,
        "host": host or _written(address),
        "path": told.get("path") or "/",
        "method": told.get("method") or "GET",
        "expected_body": told.get("expected_body") or "",
        "follow_redirects": bool(told.get("follow_redirects")),
        "timeout": told["timeout"],
        "retries": told["retries"],
    }


def _written(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _agent(kind: str, owner: str) -> str:
    return AGENTS[kind].format(owner[:SHOWN_OF_AN_ID])
