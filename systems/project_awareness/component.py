"""Project Awareness as resources: a worker with three classes of objects and its stores."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.bucket import Bucket, BucketArgs, Cors, Lifecycle
from components.bundle import ROOT
from components.dataset import Dataset
from components.durable_object import DurableObject
from components.kv import Namespace, NamespaceArgs
from components.secret import Secret
from components.upload import Upload, prepare
from components.worker import Worker
from components.worker_args import WorkerArgs
from config import PlatformConfig
from config.history import load_history
from config.platform_config import Block
from planning.origins import EVERYBODY
from systems.access_registry import gates
from systems.project_awareness import watcher_resources
from systems.project_awareness.names import NAME
from systems.project_awareness.operations import guarded
from systems.project_awareness.rates import Rates
from systems.project_awareness.settings import (
    SCOPES,
    Analytics,
    ProjectAwarenessSecrets,
    ProjectData,
)
from systems.project_awareness.settings import Namespace as Store
from systems.project_awareness.settings import ProjectAwareness as Settings
from systems.system import Address
from systems.worker_secrets import worker_secrets
from systems.workers import worker_args

FOLDER = Path(__file__).resolve().parent / "workers" / "awareness"
ENTRY = FOLDER / "index.ts"
HISTORY = FOLDER / "durable_objects.yaml"
OBJECTS = {
    "PROJECT_AWARENESS_DO": "ProjectAwarenessDurableObject",
    "SESSION_SYNC_DO": "SessionSyncDurableObject",
    "ADDRESS_GUARD_DO": "AddressGuardDurableObject",
}
"""Classes, by the binding that leads to them."""

CONTEXT = "context/"
"""How keys of the bucket with project data begin; the worker writes no others."""

SERVICE = "service"
"""Id of the token of other services in logs."""


@dataclass(frozen=True)
class Plan:
    """The system before it is registered: all that can be refused was refused."""

    settings: Settings
    secrets: ProjectAwarenessSecrets
    upload: Upload
    watcher: Upload | None
    """The second worker, where the settings have it."""

    account_id: str
    retain: bool

    def build(self, opts: pulumi.ResourceOptions) -> Sequence[Address]:
        """Register the worker with its stores; return where it answers."""
        return [Address(ProjectAwareness(self, opts).host)]


def plan(config: PlatformConfig, block: Block) -> Plan:
    """Bundle the worker and plan the migrations of its objects; registers nothing."""
    account = config.deployment.account
    settings: Settings = block.settings
    upload = prepare(account, _worker_args(config, settings), classes=list(OBJECTS.values()))
    watch = (
        watcher_resources.upload_of(config, settings, settings.watch) if settings.watch else None
    )
    return Plan(settings, block.secrets, upload, watch, account, config.retain)


class ProjectAwareness(pulumi.ComponentResource):
    """The worker with its stores. Children begin with the name of the system."""

    host: str
    """Where it answers."""

    def __init__(self, planned: Plan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("chittyos:system:ProjectAwareness", NAME, {}, opts)
        settings = planned.settings
        self.host = settings.host
        self._child = pulumi.ResourceOptions(parent=self)
        Worker(
            f"{NAME}-worker",
            planned.upload,
            account_id=planned.account_id,
            bindings={
                **{name: DurableObject(class_name) for name, class_name in OBJECTS.items()},
                "SESSION_STORE": self._copies(planned, "sessions", settings.stores.sessions),
                "PROJECT_STORE": self._copies(planned, "projects", settings.stores.projects),
                "CROSS_PLATFORM_SYNC": self._copies(planned, "sync", settings.stores.sync),
                "PROJECT_DATA_BUCKET": self._project_data(planned),
                "ANALYTICS_BUCKET": self._bucket(planned, "analytics", settings.analytics),
                "USAGE_ANALYTICS": Dataset(settings.datasets.usage),
                "PERFORMANCE_METRICS": Dataset(settings.datasets.performance),
                "SECURITY_EVENTS": Dataset(settings.datasets.security),
                **secrets_of(planned.secrets),
            },
            gates=gates(guarded(settings)),
            opts=self._child,
        )
        if settings.watch and planned.watcher:
            args = (planned.watcher, settings.watch, planned.secrets, planned.account_id)
            watcher_resources.register(*args, opts=self._child)
        self.register_outputs({"host": self.host})

    def _copies(self, planned: Plan, name: str, store: Store) -> Namespace:
        # Copies alone: nothing is lost with them.
        args = NamespaceArgs(title=store.namespace, retain=planned.retain)
        account = planned.account_id
        return Namespace(f"{NAME}-{name}", args, account_id=account, opts=self._child)

    def _project_data(self, planned: Plan) -> Bucket:
        settings = planned.settings.project_data
        ages = Lifecycle(
            id="project-data",
            prefix=CONTEXT,
            infrequent_after=settings.infrequent_after_days,
            delete_after=settings.delete_after_days,
        )
        cors = _cors(planned.settings)
        return self._bucket(planned, "project-data", settings, cors=(cors,), lifecycle=(ages,))

    def _bucket(
        self,
        planned: Plan,
        name: str,
        settings: ProjectData | Analytics,
        *,
        cors: tuple[Cors, ...] = (),
        lifecycle: tuple[Lifecycle, ...] = (),
    ) -> Bucket:
        args = BucketArgs(
            bucket=settings.bucket,
            location=settings.location,
            cors=cors,
            lifecycle=lifecycle,
            retain=planned.retain,
        )
        account = planned.account_id
        return Bucket(f"{NAME}-{name}", args, account_id=account, opts=self._child)


def secrets_of(secrets: ProjectAwarenessSecrets) -> dict[str, Secret]:
    """Return the secrets of the worker; among the tokens that it knows is that of services."""
    digest = hashlib.sha256(secrets.SERVICE_TOKEN.get_secret_value().encode()).hexdigest()
    own = {"id": SERVICE, "sha256": digest, "scopes": list(SCOPES)}
    named = {
        "API_TOKENS": secrets.API_TOKENS,
        "SIGNING_KEY": secrets.SIGNING_KEY,
        "LOAD_TEST_KEY": secrets.LOAD_TEST_KEY,
        "BACKUP_KEY": secrets.BACKUP_KEY,
    }
    return worker_secrets(named, own_tokens=[own])


def rate_limits(limits: Rates) -> str:
    """Return the limits as the worker reads them: requests a minute and at once, by name."""
    read = {
        "all": [limits.all_per_minute, limits.all_burst],
        "strangers": [limits.strangers_per_minute, limits.strangers_burst],
        "auth": [limits.auth_per_minute, limits.auth_burst],
        "suggestions": [limits.suggestions_per_minute, limits.suggestions_burst],
        "sessions": [limits.sessions_per_minute, limits.sessions_burst],
        "sockets": [limits.sockets_per_minute, limits.sockets_burst],
    }
    return json.dumps(read, separators=(",", ":"))


def _worker_args(config: PlatformConfig, settings: Settings) -> WorkerArgs:
    return worker_args(
        config,
        settings.worker,
        str(ENTRY.relative_to(ROOT)),
        hosts=(settings.host,),
        variables=_variables(config, settings),
        history=load_history(HISTORY),
    )


def _variables(config: PlatformConfig, settings: Settings) -> Mapping[str, str]:
    services, sessions, cache = settings.services, settings.sessions, settings.cache
    return {
        "ENVIRONMENT": config.deployment.environment,
        "OWN_ORIGIN": f"https://{settings.host}",
        "CHITTY_REGISTRY_URL": services.registry_url,
        "CHITTYCHAT_API_URL": services.chittychat_url,
        "CHITTYID_API_URL": services.chittyid_url,
        "CORS_ORIGIN": ",".join(settings.cors_origins),
        "SESSION_TIMEOUT": str(sessions.timeout_seconds),
        "MAX_SESSIONS_PER_IP": str(sessions.per_address),
        "MAX_SOCKETS_PER_IP": str(settings.limits.sockets_open),
        "RATE_LIMIT_RPM": str(settings.limits.all_per_minute),
        "RATE_LIMITS": rate_limits(settings.limits),
        "CACHE_TTL": str(cache.longest_seconds),
        "EDGE_CACHE_TTL": str(cache.sessions_seconds),
    }


def _cors(settings: Settings) -> Cors:
    """Return who may read objects by an address that somebody gave them: never everybody."""
    named = [origin for origin in settings.cors_origins if origin != EVERYBODY]
    origins = tuple(dict.fromkeys((f"https://{settings.host}", *named)))
    return Cors(id="awareness", origins=origins, methods=("GET", "HEAD"), expose=("ETag",))
