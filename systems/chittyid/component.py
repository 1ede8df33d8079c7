"""ChittyID as resources: a worker with its database and its copies in KV."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from components.bundle import ROOT
from components.database import Database, DatabaseArgs, read_files
from components.kv import Namespace, NamespaceArgs
from components.secret import Secret
from components.upload import Upload, prepare
from components.worker import Worker
from components.worker_args import WorkerArgs
from components.worker_secret import WorkerSecret, WorkerSecretArgs
from config import PlatformConfig
from config.platform_config import Block
from planning.ledger import File
from systems.access_registry import gates
from systems.chittyid.names import NAME
from systems.chittyid.operations import guarded
from systems.chittyid.settings import SERVICE_SCOPES, ChittyIdSecrets
from systems.chittyid.settings import ChittyId as Settings
from systems.system import Address
from systems.workers import worker_args

FOLDER = Path(__file__).resolve().parent
ENTRY = FOLDER / "workers" / "id" / "index.ts"
MIGRATIONS = FOLDER / "migrations" / "chittyid"
PLATFORM_SECRET = "CHITTY_ID_TOKEN"  # noqa: S105 - the name of a secret


@dataclass(frozen=True)
class Plan:
    """The system before it is registered: all that can be refused was refused."""

    settings: Settings
    secrets: ChittyIdSecrets
    upload: Upload
    files: tuple[File, ...]
    account_id: str
    retain: bool
    rehearsal: bool

    def build(self, opts: pulumi.ResourceOptions) -> Sequence[Address]:
        """Register the worker with its stores; return its host, then its aliases."""
        return [Address(host) for host in ChittyId(self, opts).hosts]


def plan(config: PlatformConfig, block: Block) -> Plan:
    """Bundle the worker and read the migrations of its database; registers nothing."""
    account, settings = config.deployment.account, block.settings
    upload = prepare(account, _worker_args(config, settings), classes=[])
    files = read_files(MIGRATIONS)
    real = (account, config.retain, config.deployment.rehearsal)
    return Plan(settings, block.secrets, upload, files, *real)


class ChittyId(pulumi.ComponentResource):
    """The worker with its stores. Children begin with the name of the system."""

    hosts: tuple[str, ...]
    """Where it answers, the most important first."""

    def __init__(self, planned: Plan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("chittyos:system:ChittyId", NAME, {}, opts)
        self.hosts = (planned.settings.host, *planned.settings.aliases)
        self._child = pulumi.ResourceOptions(parent=self)
        worker = Worker(
            f"{NAME}-worker",
            planned.upload,
            account_id=planned.account_id,
            bindings={
                "DB": self._database(planned),
                "CHITTYID_KV": self._copies(planned),
                "API_TOKENS": Secret(api_tokens(planned.secrets)),
            },
            gates=gates(guarded(planned.settings)),
            opts=self._child,
        )
        self._platform_secret(planned, worker)
        self.register_outputs({"hosts": list(self.hosts)})

    def _database(self, planned: Plan) -> Database:
        args = DatabaseArgs(
            database=planned.settings.database.name,
            location=planned.settings.database.location,
            files=planned.files,
            retain=planned.retain,
        )
        account = planned.account_id
        return Database(f"{NAME}-database", args, account_id=account, opts=self._child)

    def _copies(self, planned: Plan) -> Namespace:
        # Copies alone: nothing is lost with them.
        args = NamespaceArgs(title=planned.settings.copies.namespace, retain=planned.retain)
        account = planned.account_id
        return Namespace(f"{NAME}-copies", args, account_id=account, opts=self._child)

    def _platform_secret(self, planned: Plan, worker: Worker) -> None:
        """Hand the token to the worker that presents it, once this one takes it."""
        script = planned.settings.unified_platform
        if script is None:
            return
        WorkerSecret(
            f"{NAME}-unified-platform-token",
            WorkerSecretArgs(
                script=script,
                secret=PLATFORM_SECRET,
                rehearsal=planned.rehearsal,
            ),
            value=planned.secrets.CHITTY_ID_TOKEN.get_secret_value(),
            account_id=planned.account_id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[worker]),
        )


def api_tokens(secrets: ChittyIdSecrets) -> str:
    """Return what the worker knows of the tokens of the configuration: a JSON list of hashes."""
    return json.dumps(list(_entries(secrets)), separators=(",", ":"))


def _entries(secrets: ChittyIdSecrets) -> Iterator[Mapping[str, Any]]:
    tokens = (
        ("admin", ("admin",), secrets.ADMIN_TOKEN),
        ("admin", ("admin",), secrets.ADMIN_TOKEN_PREVIOUS),
        ("unified-platform", SERVICE_SCOPES, secrets.CHITTY_ID_TOKEN),
        ("unified-platform", SERVICE_SCOPES, secrets.CHITTY_ID_TOKEN_PREVIOUS),
    )
    for name, scopes, token in tokens:
        if token:
            digest = hashlib.sha256(token.get_secret_value().encode()).hexdigest()
            yield {"id": name, "sha256": digest, "scopes": list(scopes)}


def _worker_args(config: PlatformConfig, settings: Settings) -> WorkerArgs:
    return worker_args(
        config,
        settings.worker,
        str(ENTRY.relative_to(ROOT)),
        hosts=(settings.host, *settings.aliases),
        variables=_variables(config, settings),
    )


def _variables(config: PlatformConfig, settings: Settings) -> Mapping[str, str]:
    return {
        "ENVIRONMENT": config.deployment.environment,
        "CORS_ORIGIN": f"https://{settings.host}",
        "ENTITY_TYPES": ",".join(settings.entity_types),
    }
