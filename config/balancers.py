"""Load balancers of a stack: hosts whose requests go to the healthy ones of several origins."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from config.fields import Emails, HostName, NotEmpty, Positive, Settings, Share, Whole
from planning import health_checks
from planning.load_balancing import PoolPlan, Steering, check_affinity, check_steering
from planning.refusals import RefusedError

_STACKABLE = WithJsonSchema({"type": "string", "pattern": r"^[A-Za-z0-9{}_-]{1,64}$"})
"""Editors see names with {stack} in them; what is read has it replaced."""

PoolName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}$"), _STACKABLE]
Path = Annotated[str, StringConstraints(pattern=r"^/\S*$")]


def _regions(regions: tuple[str, ...]) -> tuple[str, ...]:
    health_checks.check_regions(regions)
    return regions


def _codes(codes: tuple[str, ...]) -> tuple[str, ...]:
    health_checks.check_codes(codes)
    return codes


Regions = Annotated[tuple[str, ...], NotEmpty, AfterValidator(_regions)]
Codes = Annotated[tuple[str, ...], NotEmpty, AfterValidator(_codes)]


class Asked(Settings):
    """How something is asked whether it is well. Times are whole seconds."""

    path: Path = "/health"
    """Path that is asked for, by https. Default: /health."""

    codes: Codes = ("200",)
    """Codes of HTTP, or ranges as 2xx, that are a sign of life. Default: 200."""

    contains: str = ""
    """Text that the answer has to have, in any case. Default: any answer will do."""

    interval: Annotated[Positive, Field(le=health_checks.LONGEST_INTERVAL)] = 60
    """Time between two checks. Default: 60, which every plan with checks allows."""

    timeout: Annotated[Positive, Field(le=health_checks.LONGEST_TIMEOUT)] = 5
    """How long an answer may take. Default: 5."""

    retries: Annotated[Whole, Field(ge=0, le=health_checks.MOST_RETRIES)] = 2
    """Tries after one that timed out, at once. Default: 2."""

    regions: Regions = ("WNAM", "ENAM", "WEU")
    """Regions that it is asked from. Default: WNAM, ENAM and WEU."""

    @model_validator(mode="after")
    def _fits(self) -> "Asked":
        if self.timeout >= self.interval:
            raise RefusedError(f"timeout is {self.timeout}; it is shorter than interval")
        return self


class Origin(Settings):
    """A server that requests go to."""

    name: PoolName
    """Its name in the pool."""

    address: Annotated[str, StringConstraints(min_length=1, max_length=253)]
    """Host, IP address, or `<id>.cfargotunnel.com` for a tunnel."""

    weight: Share = Decimal("1.00")
    """Its share of the pool's requests against the others'. Default: 1.00."""

    host: HostName | None = None
    """Host that it is asked for; a worker or a tunnel is found by it. Default: the visitor's."""


class BalancerPool(Settings):
    """Origins that share requests."""

    name: PoolName
    """Its name, once in the account."""

    origins: Annotated[tuple[Origin, ...], NotEmpty]
    """Its origins, in any order."""

    monitor: Asked = Asked()
    """How they are asked whether they are well. Default: /health, every minute."""

    minimum_origins: Positive = 1
    """Healthy origins below which the next pool takes over. Default: 1."""


class Balancer(Settings):
    """A load balancer. Only the stack that owns the zone may have one; it needs an add-on."""

    host: HostName
    """Host of its own: a worker on it would run before the balancer."""

    pools: Annotated[tuple[BalancerPool, ...], NotEmpty]
    """Pools, in the order in which they take over."""

    fallback: PoolName | None = None
    """Pool that answers when none is healthy. Default: the last of `pools`."""

    region_pools: dict[str, Annotated[tuple[PoolName, ...], NotEmpty]] = Field(default_factory=dict)
    """Pools for clients of a region (WNAM, ENAM, WEU …), in order. Default: the same for all."""

    pool_weights: dict[str, Share] = Field(default_factory=dict)
    """Share of each pool by its name, where pools are drawn. Default: the first healthy one."""

    session_affinity: Literal["none", "cookie", "ip_cookie"] = "none"
    """By what a session stays with its origin. Default: it does not."""

    failover_across_pools: bool = False
    """Whether a request whose origin is down goes to another pool at once. Default: to another
    origin of its pool only; the next check then moves all of them."""

    proxied: bool = True
    """Whether requests go through Cloudflare. Default: they do, so that origins stay hidden."""

    emails: Emails = ()
    """Addresses that are told when a pool is not healthy any more. Default: none."""

    @model_validator(mode="after")
    def _steers(self) -> "Balancer":
        check_affinity(self.session_affinity, proxied=self.proxied)
        check_steering(
            Steering(
                host=self.host,
                pools=tuple(_planned(pool) for pool in self.pools),
                fallback=self.fallback or self.pools[-1].name,
                by_region=self.region_pools,
                weights={name: float(share) for name, share in self.pool_weights.items()},
            )
        )
        return self


def _planned(pool: BalancerPool) -> PoolPlan:
    origins = tuple((each.name, each.address, float(each.weight)) for each in pool.origins)
    return PoolPlan(pool.name, origins, pool.minimum_origins)
