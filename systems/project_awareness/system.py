"""Project Awareness: what assistants work on, told to all assistants of one owner."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.platform_config import Block
from config.system_declaration import Claim, Kind, WorkerUse
from systems.object_copies import ObjectCopies, ObjectsLeftOut
from systems.project_awareness import checks, dashboards, edge_rules, operations
from systems.project_awareness.load import load
from systems.project_awareness.names import BINDINGS, NAME, VARIABLES, WATCH_NAMES
from systems.project_awareness.settings import SCOPES, ProjectAwareness, ProjectAwarenessSecrets
from systems.system import Generated, Planned, System

if TYPE_CHECKING:
    from config import PlatformConfig


def _plan(config: "PlatformConfig", block: Block) -> Planned:
    from systems.project_awareness import component  # noqa: PLC0415 - the SDK takes a second

    return component.plan(config, block)


def _workers(settings: ProjectAwareness) -> Iterator[WorkerUse]:
    yield WorkerUse("worker", settings.worker, VARIABLES | BINDINGS)
    if settings.watch:
        yield WorkerUse("watch.worker", settings.watch.worker, WATCH_NAMES)


def _claims(settings: ProjectAwareness) -> Iterator[Claim]:
    yield Claim(Kind.HOST, settings.host, "host")
    for name, store in settings.stores:
        yield Claim(Kind.NAMESPACE, store.namespace, f"stores.{name}.namespace")
    yield Claim(Kind.BUCKET, settings.project_data.bucket, "project_data.bucket")
    yield Claim(Kind.BUCKET, settings.analytics.bucket, "analytics.bucket")
    if settings.edge.watched_addresses:
        yield Claim(Kind.ADDRESS_LIST, settings.edge.watched_list, "edge.watched_list")
    for name, dataset in settings.datasets:
        yield Claim(Kind.DATASET, dataset, f"datasets.{name}")
    if settings.watch:
        yield Claim(Kind.DATASET, settings.watch.dataset, "watch.dataset")


def _object_copies(settings: ProjectAwareness) -> Iterator[ObjectCopies]:
    for name in ("ProjectAwarenessDurableObject", "SessionSyncDurableObject"):
        yield ObjectCopies(settings.worker.name, name, settings.host, "BACKUP_KEY")


def _objects_left_out(settings: ProjectAwareness) -> Iterator[ObjectsLeftOut]:
    yield ObjectsLeftOut(
        settings.worker.name,
        "AddressGuardDurableObject",
        "what addresses did in the last minutes; limits begin anew",
    )
    if settings.watch:
        yield ObjectsLeftOut(
            settings.watch.worker.name,
            "WatchStateDurableObject",
            "which alerts are open; what is still amiss is told again, and what ended meanwhile is "
            "to be closed by hand where it was told",
        )


SYSTEM = System(
    name=NAME,
    title="Project Awareness",
    settings=ProjectAwareness,
    secrets=ProjectAwarenessSecrets,
    plan=_plan,
    workers=_workers,
    claims=_claims,
    check=checks.check,
    zone_rules=edge_rules.zone_rules,
    guards=operations.guarded,
    health_checks=operations.health_checks,
    tls=operations.tls,
    demand=operations.demand,
    generated={
        "API_TOKENS": Generated.API_TOKENS,
        "BACKUP_KEY": Generated.RANDOM,
        "SERVICE_TOKEN": Generated.OWN,
        "SIGNING_KEY": Generated.OWN,
        "LOAD_TEST_KEY": Generated.OWN,
        "ANALYTICS_TOKEN": Generated.API_TOKEN,
        "PAGERDUTY_API_KEY": Generated.PAGERDUTY_KEY,
        "SLACK_WEBHOOK_URL": Generated.SLACK_WEBHOOK,
    },
    scopes=SCOPES,
    smoke=operations.SMOKE,
    load=load,
    object_copies=_object_copies,
    objects_left_out=_objects_left_out,
    dashboards=dashboards.dashboards,
    kpis=dashboards.kpis,
)
