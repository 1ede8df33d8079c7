"""SuperInstance as resources: its workers, and what they share."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.binding import Bindable
from components.bucket import Bucket, BucketArgs, Lifecycle
from components.database import Database, DatabaseArgs, read_files
from components.durable_object import DurableObject
from components.kv import Namespace, NamespaceArgs
from components.secret import Secret
from components.service import Service
from components.upload import Upload
from components.worker import Worker
from config import PlatformConfig
from config.platform_config import Block
from planning.ledger import File
from systems.superinstance.names import BACKUP_KEY, NAME
from systems.superinstance.settings import Bucket as BucketSettings
from systems.superinstance.settings import Store, SuperInstanceSecrets
from systems.superinstance.settings import SuperInstance as Settings
from systems.superinstance.uploads import OBJECTS, uploads
from systems.system import Address

MIGRATIONS = Path(__file__).resolve().parent / "migrations" / "superinstance"
PLATFORM = "platform"
"""Account of the platform itself."""

ABORT_UPLOADS_DAYS = 7
PROVIDER_KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY")
BILLING_SECRETS = (
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "STRIPE_WEBHOOK_SECRET_PREVIOUS",
    "SPENDING_WEBHOOK_URL",
)


@dataclass(frozen=True)
class Plan:
    """The system before it is registered: all that can be refused was refused."""

    settings: Settings
    secrets: SuperInstanceSecrets
    uploads: Mapping[str, Upload]
    """Its workers, by the names of their blocks."""

    files: tuple[File, ...]
    account_id: str
    retain: bool

    def build(self, opts: pulumi.ResourceOptions) -> Sequence[Address]:
        """Register the workers with their stores; return where they answer."""
        return [Address(host) for host in SuperInstance(self, opts).hosts]


def plan(config: PlatformConfig, block: Block) -> Plan:
    """Bundle the workers, plan their migrations, read the database's; registers nothing."""
    account, settings = config.deployment.account, block.settings
    made, files = uploads(config, settings), read_files(MIGRATIONS)
    return Plan(settings, block.secrets, made, files, account, config.retain)


class SuperInstance(pulumi.ComponentResource):
    """The workers with their stores. Children begin with the name of the system."""

    hosts: tuple[str, ...]
    """Where they answer, the most important first."""

    def __init__(self, planned: Plan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("chittyos:system:SuperInstance", NAME, {}, opts)
        settings = planned.settings
        self.hosts = (settings.router.host, settings.billing.host, settings.sync.host)
        self._child = pulumi.ResourceOptions(parent=self)
        database = self._database(planned)
        billing = self._billing(planned, database)
        self._sync(planned, database)
        sessions = self._worker(planned, "session_state", {})
        self._router(
            planned,
            {"BILLING": Service(billing, "Billing"), "SESSIONS": Service(sessions, "Sessions")},
        )
        self.register_outputs({"hosts": list(self.hosts)})

    def _billing(self, planned: Plan, database: Database) -> Worker:
        secrets = _secrets(planned.secrets, (*BILLING_SECRETS, BACKUP_KEY))
        return self._worker(planned, "billing", {"DB": database, **secrets})

    def _router(self, planned: Plan, services: Mapping[str, Service]) -> Worker:
        router = planned.settings.router
        stores = {
            "API_KEYS": self._namespace(planned, "api-keys", router.api_keys),
            "RATE_LIMITS": self._namespace(planned, "rate-limits", router.rate_limits),
        }
        secrets = {
            "API_TOKENS": Secret(_service_key(planned.secrets)),
            **_secrets(planned.secrets, (*PROVIDER_KEYS, BACKUP_KEY)),
        }
        return self._worker(planned, "router", {**services, **stores, **secrets})

    def _sync(self, planned: Plan, database: Database) -> Worker:
        sync = planned.settings.sync
        stores: Mapping[str, Bindable] = {
            "DB": database,
            "KNOWLEDGE_STORE": self._bucket(planned, "knowledge", sync.knowledge),
            "MODEL_CACHE": self._bucket(planned, "models", sync.models),
        }
        return self._worker(planned, "sync", stores)

    def _worker(self, planned: Plan, name: str, bindings: Mapping[str, Bindable]) -> Worker:
        """Register the worker of the block *name*, bound to its objects and to *bindings*."""
        objects = {binding: DurableObject(each) for binding, each in OBJECTS[name].items()}
        return Worker(
            f"{NAME}-{name.replace('_', '-')}",
            planned.uploads[name],
            account_id=planned.account_id,
            bindings={**objects, **bindings},
            opts=self._child,
        )

    def _namespace(self, planned: Plan, name: str, store: Store) -> Namespace:
        args = NamespaceArgs(title=store.namespace, retain=planned.retain)
        account = planned.account_id
        return Namespace(f"{NAME}-{name}", args, account_id=account, opts=self._child)

    def _bucket(self, planned: Plan, name: str, settings: BucketSettings) -> Bucket:
        # By no rule of age: sync itself deletes what nothing refers to any more.
        ages = Lifecycle(id="uploads", prefix="", abort_uploads_after=ABORT_UPLOADS_DAYS)
        args = BucketArgs(
            bucket=settings.bucket,
            location=settings.location,
            lifecycle=(ages,),
            retain=planned.retain,
        )
        account = planned.account_id
        return Bucket(f"{NAME}-{name}", args, account_id=account, opts=self._child)

    def _database(self, planned: Plan) -> Database:
        args = DatabaseArgs(
            database=planned.settings.database.name,
            location=planned.settings.database.location,
            files=planned.files,
            retain=planned.retain,
        )
        account = planned.account_id
        return Database(f"{NAME}-database", args, account_id=account, opts=self._child)


def _secrets(secrets: SuperInstanceSecrets, names: Sequence[str]) -> Mapping[str, Bindable]:
    given = {name: getattr(secrets, name) for name in names}
    return {name: Secret(value.get_secret_value()) for name, value in given.items() if value}


def _service_key(secrets: SuperInstanceSecrets) -> str:
    """Return what the router knows of the platform's own key: its hash, and that it only looks."""
    digest = hashlib.sha256(secrets.SERVICE_KEY.get_secret_value().encode()).hexdigest()
    known = {
        "id": PLATFORM,
        "sha256": digest,
        "scopes": ["read", "sessions:read"],
        "owners": [PLATFORM],
    }
    return json.dumps([known], separators=(",", ":"))
