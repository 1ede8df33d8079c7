"""Load balancers: a host whose requests go to the healthy ones of several origins."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

import pulumi
from pydantic import Field, PositiveInt, field_validator, model_validator

from components.args import Args
from components.sdk import cloudflare
from planning import health_checks, load_balancing
from planning.load_balancing import PoolPlan, Steering, check_affinity, check_steering
from planning.refusals import RefusedError

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", min_length=1, max_length=32)]
Weight = Annotated[float, Field(ge=0, le=1)]
ALERT = "load_balancing_health_alert"


class MonitorArgs(Args):
    """How the origins of a pool are asked whether they are well. Times are whole seconds."""

    type: Literal["https", "http", "tcp"] = "https"
    """What is spoken. Default: https, with a certificate that is checked."""

    path: str = Field(default="/health", pattern=r"^/\S*$")
    """Path that is asked for. Default: /health."""

    codes: tuple[str, ...] = ("200",)
    """Codes of HTTP, or ranges as 2xx, that are a sign of life. Default: 200."""

    contains: str = ""
    """Text that the answer has to have, in any case. Default: any answer will do."""

    interval: Annotated[PositiveInt, Field(le=health_checks.LONGEST_INTERVAL)] = 60
    """Time between two checks. Default: 60, which every plan allows."""

    timeout: Annotated[PositiveInt, Field(le=health_checks.LONGEST_TIMEOUT)] = 5
    """How long an answer may take. Default: 5."""

    retries: Annotated[int, Field(ge=0, le=health_checks.MOST_RETRIES)] = 2
    """Tries after one that timed out, at once. Default: 2."""

    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Port that is asked. Default: that of `type`; tcp needs one."""

    @field_validator("codes")
    @classmethod
    def _are_codes(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        health_checks.check_codes(codes)
        return codes

    @model_validator(mode="after")
    def _fits(self) -> "MonitorArgs":
        if self.timeout >= self.interval:
            raise RefusedError(f"timeout is {self.timeout}; it is shorter than interval")
        if self.type == "tcp" and self.port is None:
            raise RefusedError("a check by tcp names a port")
        return self


class OriginArgs(Args):
    """A server that requests go to."""

    name: Name
    """Its name in the pool."""

    address: str = Field(min_length=1, max_length=253)
    """Host, IP address, or `<id>.cfargotunnel.com` for a tunnel."""

    weight: Weight = 1.0
    """Its share of the pool's requests, 0 to 1, against the others'. Default: 1."""

    host: str | None = None
    """Host that it is asked for, also by the monitor: a worker or a tunnel is found by it.
    Default: the visitor's."""


class PoolArgs(Args):
    """Origins that share requests."""

    pool: Name
    """Its name in the account."""

    origins: tuple[OriginArgs, ...]
    """Its origins, in any order."""

    monitor: MonitorArgs = MonitorArgs()
    """How they are asked whether they are well. Default: /health by https, every minute."""

    minimum_origins: PositiveInt = 1
    """Healthy origins below which the next pool takes over. Default: 1."""

    regions: tuple[str, ...] = ("WNAM", "ENAM", "WEU")
    """Regions that the monitor asks from. Default: WNAM, ENAM and WEU."""

    @field_validator("regions")
    @classmethod
    def _are_regions(cls, regions: tuple[str, ...]) -> tuple[str, ...]:
        health_checks.check_regions(regions)
        return regions


class LoadBalancerArgs(Args):
    """What one load balancer is."""

    host: str
    """Host of its own: a worker on it would run before the balancer."""

    pools: tuple[PoolArgs, ...] = Field(min_length=1)
    """Pools, in the order in which they take over."""

    fallback: str | None = None
    """Pool that answers when none is healthy. Default: the last of `pools`."""

    region_pools: Mapping[str, tuple[str, ...]] = {}
    """Pools for clients of a region, in order, by the region. Default: the same for all."""

    pool_weights: Mapping[str, Weight] = {}
    """Share of each pool by its name, where pools are drawn. Default: the first healthy one."""

    session_affinity: Literal["none", "cookie", "ip_cookie"] = "none"
    """By what a session stays with its origin. Default: it does not."""

    failover_across_pools: bool = False
    """Whether a request whose origin is down goes to another pool at once, before the next check
    has seen it. Default: to another origin of the same pool only."""

    proxied: bool = True
    """Whether requests go through Cloudflare. Default: they do, so that origins stay hidden. An
    unproxied balancer is an answer of DNS, which is kept for 60 seconds."""

    emails: tuple[str, ...] = ()
    """Who is told when a pool is not healthy any more. Default: nobody."""

    @model_validator(mode="after")
    def _steers(self) -> "LoadBalancerArgs":
        check_steering(
            Steering(
                host=self.host,
                pools=tuple(_planned(pool) for pool in self.pools),
                fallback=self.last,
                by_region=self.region_pools,
                weights=self.pool_weights,
            )
        )
        check_affinity(self.session_affinity, proxied=self.proxied)
        return self

    @property
    def last(self) -> str:
        """Return the pool that answers when none is healthy."""
        return self.fallback or self.pools[-1].pool


class LoadBalancer(pulumi.ComponentResource):
    """A load balancer with its pools and monitors; it goes first and they last when it goes.

    Children: `<name>-<pool>-monitor` and `<name>-<pool>` for each pool, the balancer under the name
    of the component, and `-unhealthy`, the notification, where somebody is told. *headers* go along
    with every check, and are secret: a service token of Access opens an origin by them.
    """

    pool_ids: dict[str, pulumi.Output[str]]
    """Id of each pool, by its name."""

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        name: str,
        args: LoadBalancerArgs,
        *,
        account_id: pulumi.Input[str],
        zone_id: pulumi.Input[str],
        headers: Mapping[str, pulumi.Input[str]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        shown = {"host": args.host, "pools": [pool.pool for pool in args.pools]}
        super().__init__("chittyos:cloudflare:LoadBalancer", name, shown, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self.pool_ids = {
            pool.pool: self._pool(f"{name}-{pool.pool}", pool, account_id, headers or {})
            for pool in args.pools
        }
        cloudflare.LoadBalancer(
            name, zone_id=zone_id, **_steered(args, self.pool_ids), opts=self._child
        )
        if args.emails:
            self._tell(name, args, account_id)
        self.register_outputs({"poolIds": self.pool_ids})

    def _pool(
        self,
        name: str,
        args: PoolArgs,
        account_id: pulumi.Input[str],
        headers: Mapping[str, pulumi.Input[str]],
    ) -> pulumi.Output[str]:
        monitor = cloudflare.LoadBalancerMonitor(
            f"{name}-monitor",
            account_id=account_id,
            **_watched(args.monitor),
            header=_secret(headers),
            opts=self._child,
        )
        pool = cloudflare.LoadBalancerPool(
            name,
            account_id=account_id,
            name=args.pool,
            monitor=monitor.id,
            minimum_origins=args.minimum_origins,
            check_regions=sorted(args.regions),
            origins=[_origin(each) for each in sorted(args.origins, key=lambda it: it.name)],
            # Its name is given once in the account.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        return pool.id

    def _tell(self, name: str, args: LoadBalancerArgs, account_id: pulumi.Input[str]) -> None:
        filters = {
            "pool_ids": list(self.pool_ids.values()),
            "new_healths": ["Unhealthy"],
            "event_sources": ["pool"],
        }
        cloudflare.NotificationPolicy(
            f"{name}-unhealthy",
            account_id=account_id,
            name=f"{args.host}: a pool is not healthy",
            alert_type=ALERT,
            enabled=True,
            filters=cast("cloudflare.NotificationPolicyFiltersArgsDict", filters),
            mechanisms={"emails": [{"id": address} for address in args.emails]},
            opts=self._child,
        )


def _planned(pool: PoolArgs) -> PoolPlan:
    origins = tuple((each.name, each.address, each.weight) for each in pool.origins)
    return PoolPlan(pool.pool, origins, pool.minimum_origins)


def _watched(args: MonitorArgs) -> dict[str, Any]:
    common = {"type": args.type, "interval": args.interval, "timeout": args.timeout}
    made: dict[str, Any] = {**common, "retries": args.retries, "port": args.port}
    if args.type != "tcp":
        made |= {"method": "GET", "path": args.path, "expected_codes": ",".join(args.codes)}
        made |= {"expected_body": args.contains or None}
    return {key: value for key, value in made.items() if value is not None}


def _secret(headers: Mapping[str, pulumi.Input[str]]) -> Any:
    """Seal headers, which the provider would keep in clear."""
    return (
        pulumi.Output.secret({name: [value] for name, value in headers.items()})
        if headers
        else None
    )


def _origin(args: OriginArgs) -> cloudflare.LoadBalancerPoolOriginArgsDict:
    made: dict[str, Any] = {
        "name": args.name,
        "address": args.address,
        "enabled": True,
        "weight": args.weight,
    }
    if args.host:
        made["header"] = {"hosts": [args.host]}
    return cast("cloudflare.LoadBalancerPoolOriginArgsDict", made)


def _steered(args: LoadBalancerArgs, ids: Mapping[str, pulumi.Output[str]]) -> dict[str, Any]:
    """Return the inputs of a balancer. An empty map would differ from what the API answers."""
    made: dict[str, Any] = {
        "name": args.host,
        "default_pools": [ids[pool.pool] for pool in args.pools],
        "fallback_pool": ids[args.last],
        "proxied": args.proxied,
        "steering_policy": "off",
        "session_affinity": args.session_affinity,
    }
    if args.region_pools:
        regions = {region: [ids[it] for it in pools] for region, pools in args.region_pools.items()}
        made |= {"steering_policy": "geo", "region_pools": regions}
    if args.pool_weights:
        made |= {"steering_policy": "random", "random_steering": _weights(args, ids)}
    if args.failover_across_pools:
        made["adaptive_routing"] = {"failover_across_pools": True}
    if not args.proxied:
        made["ttl"] = load_balancing.TTL
    return made


def _weights(args: LoadBalancerArgs, ids: Mapping[str, pulumi.Output[str]]) -> dict[str, Any]:
    """Return the share of each pool; the keys are ids that are not known before they are made."""
    shares = [*args.pool_weights.values()]
    known = pulumi.Output.all(*(ids[name] for name in args.pool_weights))
    by_id = known.apply(lambda made: dict(zip(made, shares, strict=True)))
    return {"default_weight": 0, "pool_weights": by_id}
