"""ChittyID: ids that are given once, and the tokens of those who may ask for them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.platform_config import Block
from config.system_declaration import Claim, Kind, WorkerUse
from planning.health_checks import HealthCheck
from planning.host_tls import HostTls
from planning.zone_rules import ZoneRule
from systems.chittyid import checks, operations
from systems.chittyid.hard_coded_ids import ISSUED
from systems.chittyid.names import BINDINGS, NAME, VARIABLES
from systems.chittyid.settings import ChittyId, ChittyIdSecrets
from systems.edge_rules import edge_rules
from systems.health_and_balancing import edge_health_checks
from systems.system import Generated, Planned, System
from systems.zones import edge_tls

if TYPE_CHECKING:
    from config import PlatformConfig


def _plan(config: "PlatformConfig", block: Block) -> Planned:
    from systems.chittyid import component  # noqa: PLC0415 - the SDK takes a second

    return component.plan(config, block)


def _workers(settings: ChittyId) -> Iterator[WorkerUse]:
    yield WorkerUse("worker", settings.worker, VARIABLES | BINDINGS)


def _claims(settings: ChittyId) -> Iterator[Claim]:
    yield Claim(Kind.HOST, settings.host, "host")
    for index, alias in enumerate(settings.aliases):
        yield Claim(Kind.HOST, alias, f"aliases[{index}]")
    yield Claim(Kind.NAMESPACE, settings.copies.namespace, "copies.namespace")
    yield Claim(Kind.DATABASE, settings.database.name, "database.name")


def _zone_rules(settings: ChittyId) -> Iterator[ZoneRule]:
    yield from edge_rules(NAME, [settings.host, *settings.aliases], settings.edge)


def _tls(settings: ChittyId) -> Iterator[HostTls]:
    yield from edge_tls(NAME, [settings.host, *settings.aliases], settings.edge)


def _health_checks(settings: ChittyId) -> Iterator[HealthCheck]:
    yield from edge_health_checks(NAME, [settings.host], settings.edge)


SYSTEM = System(
    name=NAME,
    title="ChittyID",
    settings=ChittyId,
    secrets=ChittyIdSecrets,
    plan=_plan,
    workers=_workers,
    claims=_claims,
    check=checks.check,
    zone_rules=_zone_rules,
    guards=operations.guarded,
    health_checks=_health_checks,
    tls=_tls,
    demand=operations.demand,
    issued=ISSUED,
    generated={"ADMIN_TOKEN": Generated.OWN, "CHITTY_ID_TOKEN": Generated.OWN},
    smoke=operations.SMOKE,
)
