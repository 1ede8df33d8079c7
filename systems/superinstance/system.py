"""SuperInstance: language models of several providers, and a ledger of what each account uses."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.platform_config import Block
from config.system_declaration import Claim, Kind, WorkerUse
from planning.health_checks import HealthCheck
from planning.zone_rules import ZoneRule
from systems.edge_rules import edge_rules
from systems.health_and_balancing import edge_health_checks
from systems.object_copies import ObjectCopies, ObjectsLeftOut
from systems.superinstance import checks, operations, spending
from systems.superinstance.load import load
from systems.superinstance.names import (
    BACKUP_KEY,
    BILLING,
    IMPORT_SCOPE,
    NAME,
    ROUTER,
    SCOPES,
    SESSION_STATE,
    SYNC,
)
from systems.superinstance.settings import MOST_A_MINUTE, SuperInstance, SuperInstanceSecrets
from systems.system import AccountKeys, Generated, Planned, System

if TYPE_CHECKING:
    from config import PlatformConfig


def _plan(config: "PlatformConfig", block: Block) -> Planned:
    from systems.superinstance import component  # noqa: PLC0415 - the SDK takes a second

    return component.plan(config, block)


def _workers(settings: SuperInstance) -> Iterator[WorkerUse]:
    yield WorkerUse("router.worker", settings.router.worker, ROUTER)
    yield WorkerUse("billing.worker", settings.billing.worker, BILLING)
    yield WorkerUse("session_state.worker", settings.session_state.worker, SESSION_STATE)
    yield WorkerUse("sync.worker", settings.sync.worker, SYNC)


def _account_keys(settings: SuperInstance) -> AccountKeys:
    router = settings.router
    return AccountKeys(
        keys=router.api_keys.namespace,
        limits=router.rate_limits.namespace,
        scopes=SCOPES,
        most_a_minute=MOST_A_MINUTE,
        imports=(router.host, "/v1/imports", IMPORT_SCOPE),
    )


def _claims(settings: SuperInstance) -> Iterator[Claim]:
    yield Claim(Kind.HOST, settings.router.host, "router.host")
    yield Claim(Kind.HOST, settings.billing.host, "billing.host")
    yield Claim(Kind.HOST, settings.sync.host, "sync.host")
    for name in ("knowledge", "models"):
        yield Claim(Kind.BUCKET, getattr(settings.sync, name).bucket, f"sync.{name}.bucket")
    for name in ("api_keys", "rate_limits"):
        store = getattr(settings.router, name)
        yield Claim(Kind.NAMESPACE, store.namespace, f"router.{name}.namespace")
    yield Claim(Kind.DATABASE, settings.database.name, "database.name")


def _object_copies(settings: SuperInstance) -> Iterator[ObjectCopies]:
    """Yield journals before the ledgers that they tell of every call."""
    billing, router = settings.billing, settings.router
    yield ObjectCopies(router.worker.name, "CallJournal", router.host, BACKUP_KEY)
    yield ObjectCopies(settings.session_state.worker.name, "SessionState", router.host, BACKUP_KEY)
    yield ObjectCopies(billing.worker.name, "BillingLedger", billing.host, BACKUP_KEY)


def _objects_left_out(settings: SuperInstance) -> Iterator[ObjectsLeftOut]:
    yield ObjectsLeftOut(
        settings.sync.worker.name,
        "SyncState",
        "a lock of seconds and the requests of a minute; a new one goes on above what D1 has seen",
    )


def _hosts(settings: SuperInstance) -> list[str]:
    return [settings.billing.host, settings.router.host, settings.sync.host]


def _zone_rules(settings: SuperInstance) -> Iterator[ZoneRule]:
    yield from edge_rules(NAME, _hosts(settings), settings.edge)


def _health_checks(settings: SuperInstance) -> Iterator[HealthCheck]:
    yield from edge_health_checks(NAME, _hosts(settings), settings.edge)


SYSTEM = System(
    name=NAME,
    title="SuperInstance",
    settings=SuperInstance,
    secrets=SuperInstanceSecrets,
    plan=_plan,
    workers=_workers,
    claims=_claims,
    check=checks.check,
    zone_rules=_zone_rules,
    health_checks=_health_checks,
    demand=operations.demand,
    calls=spending.calls,
    generated={
        "ANTHROPIC_API_KEY": Generated.RANDOM,
        BACKUP_KEY: Generated.RANDOM,
        "OPENAI_API_KEY": Generated.RANDOM,
        "SERVICE_KEY": Generated.OWN,
        "STRIPE_SECRET_KEY": Generated.RANDOM,
        "STRIPE_WEBHOOK_SECRET": Generated.RANDOM,
    },
    account_keys=_account_keys,
    load=load,
    smoke=operations.SMOKE,
    object_copies=_object_copies,
    objects_left_out=_objects_left_out,
)
