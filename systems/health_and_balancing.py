"""What watches and what balances: health checks that systems configure, balancers of the stack."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from config import Environment, PlatformConfig
from config.balancers import Balancer, BalancerPool
from config.edge import Edge
from planning.health_checks import HealthCheck, check_plans
from planning.refusals import RefusedError
from planning.zones import zone_of
from systems.system import AnySystem
from systems.zones import set_here

if TYPE_CHECKING:
    import pulumi

    from components.load_balancer import LoadBalancerArgs, PoolArgs

Wanted = tuple[tuple[str, HealthCheck], ...]
"""Pairs of a system and a health check that it wants."""


def edge_health_checks(system: str, hosts: Sequence[str], edge: Edge) -> Iterator[HealthCheck]:
    """Yield the health checks of *system*, each for the first of *hosts*."""
    for check in edge.health_checks:
        yield HealthCheck(
            name=f"{system}_{check.name}",
            host=hosts[0],
            path=check.path,
            interval=check.interval,
            timeout=check.timeout,
            retries=check.retries,
            fails=check.fails,
            codes=check.codes,
            contains=check.contains,
            regions=check.regions,
            emails=check.emails,
        )


def wanted_checks(config: PlatformConfig, systems: Sequence[AnySystem]) -> Wanted:
    """Return the health checks of *systems*. Raises `RefusedError` for what a plan has not.

    What the owner of a zone sets for this stack is left out, what its guests want is among it.
    """
    owners, plans = _owners(config), {each.name: each.plan for each in config.deployment.zones}
    wanted = tuple(
        (system.name, check)
        for system in systems
        for check in set_here(config, system, system.health_checks, _host)
    )
    check_plans(wanted, plans, owners, config.stack)
    return wanted


def wanted_balancers(config: PlatformConfig) -> tuple[Balancer, ...]:
    """Return the balancers of the stack. Raises `RefusedError` in a zone of another stack."""
    owners = _owners(config)
    kept = []
    for balancer in config.deployment.balancers:
        owner = owners[zone_of(balancer.host, owners)]
        if owner == config.stack:
            kept.append(balancer)
        elif config.deployment.environment is not Environment.DEVELOPMENT:
            raise RefusedError(
                f"balancer {balancer.host} is in a zone of {owner}, the only stack that sets its "
                f"balancers; have {owner} carry it, or leave it out of {config.stack}"
            )
    return tuple(kept)


def build_checks(config: PlatformConfig, wanted: Wanted, opts: "pulumi.ResourceOptions") -> None:
    """Register *wanted*, each under its name."""
    # The SDK is loaded when it is used.
    from components.health_check import HealthCheck as Component  # noqa: PLC0415
    from components.health_check import HealthCheckArgs  # noqa: PLC0415

    for _, check in wanted:
        args = HealthCheckArgs(
            check=check.name,
            address=check.host,
            path=check.path,
            codes=check.codes,
            contains=check.contains,
            interval=check.interval,
            timeout=check.timeout,
            retries=check.retries,
            fails=check.fails,
            regions=check.regions,
            emails=check.emails,
        )
        account, zone = config.deployment.account, config.zone_id(check.host)
        Component(_resource_name(check.name), args, account_id=account, zone_id=zone, opts=opts)


def build_balancers(
    config: PlatformConfig, balancers: Iterable[Balancer], opts: "pulumi.ResourceOptions"
) -> None:
    """Register *balancers*, each under its host."""
    from components.load_balancer import LoadBalancer  # noqa: PLC0415

    for balancer in balancers:
        LoadBalancer(
            balancer.host,
            _balanced(balancer),
            account_id=config.deployment.account,
            zone_id=config.zone_id(balancer.host),
            opts=opts,
        )


def _balanced(balancer: Balancer) -> "LoadBalancerArgs":
    from components.load_balancer import LoadBalancerArgs  # noqa: PLC0415

    return LoadBalancerArgs(
        host=balancer.host,
        pools=tuple(_pool(each) for each in balancer.pools),
        fallback=balancer.fallback,
        region_pools=balancer.region_pools,
        pool_weights={name: float(share) for name, share in balancer.pool_weights.items()},
        session_affinity=balancer.session_affinity,
        failover_across_pools=balancer.failover_across_pools,
        proxied=balancer.proxied,
        emails=balancer.emails,
    )


def _pool(pool: BalancerPool) -> "PoolArgs":
    from components.load_balancer import MonitorArgs, OriginArgs, PoolArgs  # noqa: PLC0415

    asked: dict[str, Any] = pool.monitor.model_dump(exclude={"regions"})
    origins = [
        OriginArgs(name=it.name, address=it.address, weight=float(it.weight), host=it.host)
        for it in pool.origins
    ]
    return PoolArgs(
        pool=pool.name,
        origins=tuple(origins),
        monitor=MonitorArgs(**asked),
        minimum_origins=pool.minimum_origins,
        regions=pool.monitor.regions,
    )


def _resource_name(check: str) -> str:
    return check.replace("_", "-")


def _owners(config: PlatformConfig) -> dict[str, str]:
    return {zone.name: zone.owner for zone in config.deployment.zones}


def _host(check: HealthCheck) -> str:
    return check.host
