"""Load balancing: which pools a host leads to, in which order, from where.

A worker on the host of a balancer would run before it, so a balancer has a host of its own; that no
two things have one host is checked where hosts are claimed.
"""

import ipaddress
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from planning.health_checks import REGIONS
from planning.names import HOST
from planning.refusals import RefusedError

MOST_ORIGINS, MOST_POOLS = 20, 20
TTL = 60
"""Seconds that a resolver keeps the answer of a balancer that is not proxied."""


@dataclass(frozen=True)
class PoolPlan:
    """A pool by its name, and the names, addresses and weights of its origins."""

    name: str
    origins: tuple[tuple[str, str, float], ...]
    minimum: int = 1
    """Healthy origins below which the pool is passed over."""


@dataclass(frozen=True)
class Steering:
    """Which pools a host leads to: names of pools, in the order in which they take over."""

    host: str
    pools: tuple[PoolPlan, ...]
    fallback: str
    by_region: Mapping[str, tuple[str, ...]]
    weights: Mapping[str, float]
    """Share of each pool where pools are drawn. Empty: the first healthy one answers."""


def check_steering(steering: Steering) -> None:
    """Raise `RefusedError` with everything that is wrong with *steering*."""
    found = [*_pools(steering), *_names(steering), *_shares(steering)]
    if found:
        raise RefusedError(f"balancer {steering.host}: {'; '.join(found)}")


def check_affinity(affinity: str, *, proxied: bool) -> None:
    """Refuse to keep sessions where Cloudflare sees none of them. Raises `RefusedError`."""
    if affinity != "none" and not proxied:
        raise RefusedError("sessions are seen by a proxied balancer only; set proxied")


def _pools(steering: Steering) -> Iterator[str]:
    yield from _twice("pool", (pool.name for pool in steering.pools))
    if len(steering.pools) > MOST_POOLS:
        yield f"has {len(steering.pools)} pools, and {MOST_POOLS} are allowed"
    for pool in steering.pools:
        yield from _origins(steering, pool)


def _origins(steering: Steering, pool: PoolPlan) -> Iterator[str]:
    where = f"pool {pool.name}"
    yield from _twice(f"{where}, origin", (name for name, _, _ in pool.origins))
    if not 1 <= len(pool.origins) <= MOST_ORIGINS:
        yield f"{where} has {len(pool.origins)} origins; it has 1 to {MOST_ORIGINS}"
    if pool.minimum > len(pool.origins):
        yield f"{where} needs {pool.minimum} healthy origins and has {len(pool.origins)}"
    if pool.origins and not any(weight for _, _, weight in pool.origins):
        yield f"{where} has no origin that weighs anything"
    for name, address, _ in pool.origins:
        if address == steering.host:
            yield f"{where}, origin {name}: is the balanced host itself; name what is behind it"
        elif address.startswith(("http:", "https:")) or "/" in address:
            yield f"{where}, origin {name}: {address!r} is no host; write it without scheme or path"
        elif not _is_address(address):
            yield (
                f"{where}, origin {name}: {address!r} is no host and no IP address "
                f"(us-east.chitty.cc, 203.0.113.7), which it is, without a port"
            )


def _is_address(address: str) -> bool:
    for parse in (ipaddress.ip_address, HOST.check):
        try:
            parse(address)
        except ValueError:
            continue
        return True
    return False


def _names(steering: Steering) -> Iterator[str]:
    known = {pool.name for pool in steering.pools}
    said = ", ".join(sorted(known))
    if steering.fallback not in known:
        yield f"fallback {steering.fallback!r} is no pool of it ({said})"
    for region, pools in steering.by_region.items():
        if region not in REGIONS:
            yield f"region {region!r} is none of {', '.join(REGIONS)}"
        if not pools:
            yield f"region {region} has no pool; name one, or leave it out"
        yield from _twice(f"pool of region {region}", pools)
        for name in sorted(set(pools) - known):
            yield f"region {region}: {name!r} is no pool of it ({said})"
    for name in sorted(set(steering.weights) - known):
        yield f"weight of {name!r}, which is no pool of it ({said})"


def _shares(steering: Steering) -> Iterator[str]:
    if steering.weights and steering.by_region:
        yield "is steered by region and by weight; choose one"
    if steering.weights and not any(steering.weights.values()):
        yield "has no pool that weighs anything"


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{what} {name} stands {count} times; name it once"
