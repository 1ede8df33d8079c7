"""ChittyConnect: sessions, documents and credentials for the other systems."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from config.platform_config import Block
from config.system_declaration import Claim, Kind, WorkerUse
from planning.health_checks import HealthCheck
from planning.host_tls import HostTls
from planning.zone_rules import ZoneRule
from systems.chittyconnect import checks, operations
from systems.chittyconnect.first_read import CHAIN
from systems.chittyconnect.names import BINDINGS, NAME, VARIABLES
from systems.chittyconnect.settings import SCOPES, ChittyConnect, ChittyConnectSecrets
from systems.edge_rules import edge_rules
from systems.health_and_balancing import edge_health_checks
from systems.object_copies import ObjectCopies
from systems.system import Generated, Planned, System
from systems.zones import edge_tls

if TYPE_CHECKING:
    from config import PlatformConfig

VAULTS = Path(__file__).with_name("vaults.yaml")


def _plan(config: "PlatformConfig", block: Block) -> Planned:
    from systems.chittyconnect import component  # noqa: PLC0415 - the SDK takes a second

    return component.plan(config, block)


def _workers(settings: ChittyConnect) -> Iterator[WorkerUse]:
    yield WorkerUse("worker", settings.worker, VARIABLES | BINDINGS)


def _claims(settings: ChittyConnect) -> Iterator[Claim]:
    yield Claim(Kind.HOST, settings.host, "host")
    yield Claim(Kind.NAMESPACE, settings.sessions.namespace, "sessions.namespace")
    yield Claim(Kind.BUCKET, settings.documents.bucket, "documents.bucket")
    yield Claim(Kind.DATABASE, settings.database.name, "database.name")
    yield Claim(Kind.QUEUE, settings.queue.name, "queue.name")
    yield Claim(Kind.QUEUE, settings.queue.dead_letters, "queue.dead_letters")


def _zone_rules(settings: ChittyConnect) -> Iterator[ZoneRule]:
    yield from edge_rules(NAME, [settings.host], settings.edge)


def _tls(settings: ChittyConnect) -> Iterator[HostTls]:
    yield from edge_tls(NAME, [settings.host], settings.edge)


def _health_checks(settings: ChittyConnect) -> Iterator[HealthCheck]:
    yield from edge_health_checks(NAME, [settings.host], settings.edge)


def _object_copies(settings: ChittyConnect) -> Iterator[ObjectCopies]:
    yield ObjectCopies(settings.worker.name, "SessionStateDO", settings.host, "BACKUP_KEY")


SYSTEM = System(
    name=NAME,
    title="ChittyConnect",
    settings=ChittyConnect,
    secrets=ChittyConnectSecrets,
    plan=_plan,
    workers=_workers,
    claims=_claims,
    check=checks.check,
    zone_rules=_zone_rules,
    guards=operations.guarded,
    health_checks=_health_checks,
    tls=_tls,
    demand=operations.demand,
    rollouts=(operations.SESSIONS,),
    rollbacks=operations.ROLLBACKS,
    rotations=operations.ROTATIONS,
    chain=CHAIN,
    generated={
        "API_TOKENS": Generated.API_TOKENS,
        "BACKUP_KEY": Generated.RANDOM,
        "ONEPASSWORD_CONNECT_TOKEN": Generated.CONNECT_TOKEN,
        "R2_ACCESS_KEY_ID": Generated.S3_KEY_ID,
        "R2_SECRET_ACCESS_KEY": Generated.S3_KEY_SECRET,
    },
    vaults=VAULTS,
    scopes=SCOPES,
    smoke=operations.SMOKE,
    object_copies=_object_copies,
)
