"""SuperInstance as resources: its workers, and what they share."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.args import Bindable
from components.bundle import ROOT
from components.database import Database, DatabaseArgs, read_files
from components.durable_object import DurableObject
from components.kv import Namespace, NamespaceArgs
from components.secret import Secret
from components.service import Service
from components.upload import Upload, prepare
from components.worker import Worker
from components.worker_args import WorkerArgs
from config import PlatformConfig
from config.history import load_history
from config.platform_config import Block
from planning.ledger import File
from systems.superinstance.models import variable
from systems.superinstance.names import NAME
from systems.superinstance.settings import NANO_A_CENT, Router, Store, SuperInstanceSecrets
from systems.superinstance.settings import SuperInstance as Settings
from systems.system import Address
from systems.workers import worker_args

FOLDER = Path(__file__).resolve().parent
MIGRATIONS = FOLDER / "migrations" / "superinstance"
BILLING = FOLDER / "workers" / "billing"
LEDGER_CLASS = "BillingLedger"
ROUTER = FOLDER / "workers" / "router"
JOURNAL_CLASS = "CallJournal"
PLATFORM = "platform"
"""Account of the platform itself."""

PROVIDER_KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY")
STRIPE_SECRETS = ("STRIPE_WEBHOOK_SECRET", "STRIPE_WEBHOOK_SECRET_PREVIOUS")


@dataclass(frozen=True)
class Plan:
    """The system before it is registered: all that can be refused was refused."""

    settings: Settings
    secrets: SuperInstanceSecrets
    billing: Upload
    router: Upload
    files: tuple[File, ...]
    account_id: str
    retain: bool

    def build(self, opts: pulumi.ResourceOptions) -> Sequence[Address]:
        """Register the workers with their stores; return where they answer."""
        return [Address(host) for host in SuperInstance(self, opts).hosts]


def plan(config: PlatformConfig, block: Block) -> Plan:
    """Bundle the workers, plan their migrations, read the database's; registers nothing."""
    account, settings = config.deployment.account, block.settings
    billing = prepare(account, _billing_args(config, settings), classes=[LEDGER_CLASS])
    router = prepare(account, _router_args(config, settings.router), classes=[JOURNAL_CLASS])
    files = read_files(MIGRATIONS)
    return Plan(settings, block.secrets, billing, router, files, account, config.retain)


class SuperInstance(pulumi.ComponentResource):
    """The workers with their stores. Children begin with the name of the system."""

    hosts: tuple[str, ...]
    """Where they answer, the most important first."""

    def __init__(self, planned: Plan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("chittyos:system:SuperInstance", NAME, {}, opts)
        self.hosts = (planned.settings.router.host, planned.settings.billing.host)
        self._child = pulumi.ResourceOptions(parent=self)
        self._router(planned, self._billing(planned, self._database(planned)))
        self.register_outputs({"hosts": list(self.hosts)})

    def _billing(self, planned: Plan, database: Database) -> Worker:
        return Worker(
            f"{NAME}-billing",
            planned.billing,
            account_id=planned.account_id,
            bindings={
                "BILLING_LEDGER": DurableObject(LEDGER_CLASS),
                "DB": database,
                **_secrets(planned.secrets, STRIPE_SECRETS),
            },
            opts=self._child,
        )

    def _router(self, planned: Plan, billing: Worker) -> Worker:
        router = planned.settings.router
        return Worker(
            f"{NAME}-router",
            planned.router,
            account_id=planned.account_id,
            bindings={
                "BILLING": Service(billing, "Billing"),
                "CALLS": DurableObject(JOURNAL_CLASS),
                "API_KEYS": self._namespace(planned, "api-keys", router.api_keys),
                "RATE_LIMITS": self._namespace(planned, "rate-limits", router.rate_limits),
                "API_TOKENS": Secret(_service_key(planned.secrets)),
                **_secrets(planned.secrets, PROVIDER_KEYS),
            },
            opts=self._child,
        )

    def _namespace(self, planned: Plan, name: str, store: Store) -> Namespace:
        args = NamespaceArgs(title=store.namespace, retain=planned.retain)
        account = planned.account_id
        return Namespace(f"{NAME}-{name}", args, account_id=account, opts=self._child)

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
    known = {"id": PLATFORM, "sha256": digest, "scopes": ["read"], "owners": [PLATFORM]}
    return json.dumps([known], separators=(",", ":"))


def _router_args(config: PlatformConfig, router: Router) -> WorkerArgs:
    return worker_args(
        config,
        router.worker,
        str((ROUTER / "index.ts").relative_to(ROOT)),
        hosts=(router.host,),
        variables={
            "ENVIRONMENT": config.deployment.environment,
            "CORS_ORIGIN": ",".join(router.cors_origins),
            "MODELS": variable(router.models),
            "REQUESTS_PER_MINUTE": str(router.requests_per_minute),
            "PROVIDER_TIMEOUT_SECONDS": str(router.provider_timeout_seconds),
            "ANSWER_SECONDS": str(router.answers_kept_seconds),
            "ANTHROPIC_URL": router.anthropic_url,
            "OPENAI_URL": router.openai_url,
        },
        history=load_history(ROUTER / "durable_objects.yaml"),
    )


def _billing_args(config: PlatformConfig, settings: Settings) -> WorkerArgs:
    billing = settings.billing
    return worker_args(
        config,
        billing.worker,
        str((BILLING / "index.ts").relative_to(ROOT)),
        hosts=(billing.host,),
        variables={
            "ENVIRONMENT": config.deployment.environment,
            "FLUSH_AT_NANO": str(billing.flush_at_cents * NANO_A_CENT),
            "FLUSH_SECONDS": str(billing.flush_after_seconds),
        },
        history=load_history(BILLING / "durable_objects.yaml"),
    )
