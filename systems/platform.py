"""The whole platform: every system that the stack has."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pulumi

from components.deletion import refuse_deleted_with
from config import PlatformConfig, load
from config.rules import budgets, demand
from config.system_declaration import Kind
from planning import address_lists, zone_rules
from planning.address_lists import AddressList
from planning.host_tls import HostTls
from planning.refusals import RefusedError
from planning.zone_limits import check_limits
from systems import health_and_balancing, preconditions, zones
from systems.registry import SYSTEMS
from systems.system import Address, AnySystem, Planned

if TYPE_CHECKING:
    from components.zone_security import ZoneSecurityArgs
    from config.balancers import Balancer


@dataclass(frozen=True)
class Plan:
    """The platform before it is registered: all that can be refused was refused."""

    config: PlatformConfig
    systems: tuple[tuple[str, Planned], ...]
    rulesets: tuple[zone_rules.Ruleset, ...]
    health_checks: health_and_balancing.Wanted
    balancers: tuple["Balancer", ...]
    lists: tuple[AddressList, ...] = ()
    """Lists of addresses that the rules bring along."""

    hosts: tuple[str, ...] = ()
    """Hosts that the systems answer at."""

    tls: tuple[HostTls, ...] = ()
    """TLS of some of them, in the place of that of their zone."""

    doors: frozenset[str] = frozenset()
    """Systems with hosts that others pass by a service token."""


class Platform(pulumi.ComponentResource):
    """All systems of one stack."""

    addresses: list[dict[str, str]]
    """What answers where: system, host, url, and the path that says whether it is healthy."""

    def __init__(self, planned: Plan) -> None:
        super().__init__("chittyos:system:Platform", "platform", {})
        child = pulumi.ResourceOptions(parent=self)
        self._access(planned.config, child)
        built = {name: system.build(child) for name, system in _doors_first(planned)}
        self.addresses = [
            _address(name, address) for name, _ in planned.systems for address in built[name]
        ]
        self._rulesets(planned, child, self._lists(planned, child))
        zones.register(planned.config, planned.hosts, child, planned.tls)
        health_and_balancing.build_checks(planned.config, planned.health_checks, child)
        health_and_balancing.build_balancers(planned.config, planned.balancers, child)
        self._notifications(planned.config, child)
        self._monitoring(planned.config, child)
        self.register_outputs({"addresses": self.addresses})

    def _access(self, config: PlatformConfig, child: pulumi.ResourceOptions) -> None:
        """Make who may pass before the systems, which ask for it (FW-6, OP-5)."""
        if config.deployment.access is None:
            return
        from systems import access_registry  # noqa: PLC0415 - the SDK is loaded when it is used

        access_registry.register(config.deployment.access, config.deployment.account, child)

    def _lists(self, planned: Plan, child: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        """Make the lists of addresses that rules bring along (PA-8 b)."""
        if not planned.lists:
            return []
        from components.address_list import AddressList, AddressListArgs  # noqa: PLC0415

        return [
            AddressList(
                f"list-{each.name}",
                AddressListArgs(**asdict(each)),
                account_id=planned.config.deployment.account,
                opts=child,
            )
            for each in planned.lists
        ]

    def _rulesets(
        self, planned: Plan, child: pulumi.ResourceOptions, lists: list[pulumi.Resource]
    ) -> None:
        if not planned.rulesets:
            return
        # The SDK is loaded when it is used.
        from components.zone_security import ZoneSecurity  # noqa: PLC0415

        for zone in sorted({merged.zone for merged in planned.rulesets}):
            args = _security(zone, planned.rulesets)
            ZoneSecurity(zone, args, zone_id=planned.config.zone_id(zone), after=lists, opts=child)

    def _notifications(self, config: PlatformConfig, child: pulumi.ResourceOptions) -> None:
        """Tell of the usage of the account, as the configuration asks for it (ID-2, PA-16)."""
        if not config.deployment.usage_notifications:
            return
        from components.notification import Notification, usage_notification  # noqa: PLC0415

        for told in config.deployment.usage_notifications:
            title = f"{config.stack}: {told.product} above {told.limit:,} this month"
            Notification(
                f"usage-{told.product.replace('_', '-')}-{told.limit}",
                usage_notification(title, told.product, told.limit, told.emails),
                account_id=config.deployment.account,
                opts=child,
            )

    def _monitoring(self, config: PlatformConfig, child: pulumi.ResourceOptions) -> None:
        """Tell of what happens in the account, as the configuration asks for it (PA-13)."""
        if not config.deployment.monitoring.alerts:
            return
        from components.monitoring import Monitoring  # noqa: PLC0415
        from systems.monitoring import monitoring_args, webhook_secrets  # noqa: PLC0415

        Monitoring(
            "monitoring",
            monitoring_args(config),
            account_id=config.deployment.account,
            secrets=webhook_secrets(config),
            opts=child,
        )


def plan(config: PlatformConfig, systems: Sequence[AnySystem] = SYSTEMS) -> Plan:
    """Plan every system of *config*; registers nothing. Raises `RefusedError`."""
    chosen = [system for system in systems if system.name in config.blocks]
    owners = {zone.name: zone.owner for zone in config.deployment.zones}
    wanted = (*wanted_of_the_edge(config, systems), *zones.managed_rules(config))
    rulesets = zone_rules.merge(wanted, owners, config.stack)
    check_limits(rulesets, {zone.name: zone.plan for zone in config.deployment.zones})
    checks, balancers = (
        health_and_balancing.wanted_checks(config, systems),
        health_and_balancing.wanted_balancers(config),
    )
    hosts = tuple(_hosts(config, systems))
    planned = tuple((each.name, each.plan(config, config.blocks[each.name])) for each in chosen)
    lists, tls = _lists(rulesets, config), zones.wanted_tls(config, systems)
    doors = frozenset(s.name for s in chosen if list(s.doors(config.blocks[s.name].settings)))
    return Plan(config, planned, rulesets, checks, balancers, lists, hosts, tls, doors)


def build(config: PlatformConfig, systems: Sequence[AnySystem] = SYSTEMS) -> Platform:
    """Register every system of *config*. What can be refused is refused before the first."""
    return Platform(plan(config, systems))


def main() -> PlatformConfig:
    """Run the program of the present stack: check, register, export; return what it is by.

    Raises `pulumi.RunError`, which the engine shows as one message without a traceback.
    """
    try:
        config = load(pulumi.get_stack(), SYSTEMS)
        preconditions.check(config, dry_run=pulumi.runtime.is_dry_run())
        pulumi.runtime.register_stack_transformation(refuse_deleted_with)
        platform = build(config)
        _tell_of_budgets(config)
    except RefusedError as error:
        raise pulumi.RunError(str(error)) from None
    pulumi.export("environment", str(config.deployment.environment))
    pulumi.export("addresses", platform.addresses)
    return config


def _tell_of_budgets(config: PlatformConfig) -> None:
    """Warn, in every preview, of budgets that the forecast comes near to (PA-16)."""
    settings = {name: block.settings for name, block in config.blocks.items()}
    chosen = [system for system in SYSTEMS if system.name in settings]
    for sentence in budgets.told(
        config.deployment, demand.total(chosen, settings, config.deployment)
    ):
        pulumi.log.warn(sentence)


def wanted_of_the_edge(
    config: PlatformConfig, systems: Sequence[AnySystem]
) -> Iterator[tuple[str, zone_rules.ZoneRule]]:
    """Yield what systems want of the edge: those of the stack, and those of guests of its zones.

    What the owner of a zone sets for the stack is left out.
    """
    for system in systems:
        for rule in zones.set_here(config, system, system.zone_rules, lambda rule: rule.host):
            yield system.name, rule


def _lists(
    rulesets: Iterable[zone_rules.Ruleset], config: PlatformConfig
) -> tuple[AddressList, ...]:
    wanted = (each for ruleset in rulesets for _, rule in ruleset.rules for each in rule.lists)
    return address_lists.merge(wanted, [zone.plan for zone in config.deployment.zones])


def _hosts(config: PlatformConfig, systems: Iterable[AnySystem]) -> Iterator[str]:
    """Yield the hosts of the stack, and those of guests of its zones."""
    own = {name: block.settings for name, block in config.blocks.items()}
    for settings in (own, *(guest.settings for guest in config.guests)):
        for system in systems:
            for claim in system.claims(settings[system.name]) if system.name in settings else ():
                if claim.kind is Kind.HOST:
                    yield claim.name


def _security(zone: str, rulesets: Iterable[zone_rules.Ruleset]) -> "ZoneSecurityArgs":
    from components.zone_security import RuleArgs, ZoneSecurityArgs  # noqa: PLC0415

    rules = tuple(
        RuleArgs(
            phase=merged.phase,
            ref=rule.ref,
            expression=rule.expression,
            action=rule.action,
            description=f"{system}: {rule.description}",
            parameters=dict(rule.parameters),
        )
        for merged in rulesets
        if merged.zone == zone
        for system, rule in merged.rules
    )
    return ZoneSecurityArgs(zone=zone, rules=rules)


def _doors_first(planned: Plan) -> list[tuple[str, Planned]]:
    return sorted(planned.systems, key=lambda each: each[0] not in planned.doors)


def _address(system: str, address: Address) -> dict[str, str]:
    url = f"https://{address.host}"
    made = {"system": system, "host": address.host, "url": url, "check": address.check}
    token = address.service_token
    return {**made, "service_token": token} if token else made
