"""ChittyConnect: sessions, documents and credentials for the other systems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.bucket import Bucket, BucketArgs, Cors, Lifecycle
from components.database import Database, DatabaseArgs, read_files
from components.durable_object import DurableObject
from components.kv import Namespace, NamespaceArgs
from components.queue import Consumer, ConsumerArgs, Queue, QueueArgs
from components.secret import Secret
from components.upload import Upload, prepare
from components.worker import Worker
from components.worker_args import WorkerArgs
from config import PlatformConfig
from config.history import load_history
from config.platform_config import Block
from planning.ledger import File
from systems.access_hosts import door_to
from systems.access_registry import gates
from systems.chittyconnect.names import NAME
from systems.chittyconnect.operations import guarded
from systems.chittyconnect.settings import ChittyConnect as Settings
from systems.chittyconnect.settings import ChittyConnectSecrets
from systems.system import HEALTH, Address
from systems.worker_secrets import worker_secrets
from systems.workers import worker_args

ENTRY = "systems/chittyconnect/workers/connect/index.ts"
FOLDER = Path(__file__).resolve().parent
MIGRATIONS = FOLDER / "migrations" / "chittyconnect"
HISTORY = FOLDER / "workers" / "connect" / "durable_objects.yaml"
SESSION_CLASS = "SessionStateDO"


@dataclass(frozen=True)
class Plan:
    """The system before it is registered: all that can be refused was refused."""

    settings: Settings
    secrets: ChittyConnectSecrets
    upload: Upload
    files: tuple[File, ...]
    account_id: str
    retain: bool

    def build(self, opts: pulumi.ResourceOptions) -> Sequence[Address]:
        """Register the worker with its stores; return where it answers."""
        return [Address(ChittyConnect(self, opts).host, HEALTH)]


def plan(config: PlatformConfig, block: Block) -> Plan:
    """Bundle the worker, plan its migrations, read the database's; registers nothing."""
    account = config.deployment.account
    settings: Settings = block.settings
    upload = prepare(account, _worker_args(config, settings), classes=[SESSION_CLASS])
    files = read_files(MIGRATIONS)
    return Plan(settings, block.secrets, upload, files, account, config.retain)


class ChittyConnect(pulumi.ComponentResource):
    """The worker with its stores. Children begin with the name of the system."""

    host: str
    """Where it answers."""

    def __init__(self, planned: Plan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("chittyos:system:ChittyConnect", NAME, {}, opts)
        self.host = planned.settings.host
        self._child = pulumi.ResourceOptions(parent=self)
        events = self._events(planned)
        worker = Worker(
            f"{NAME}-worker",
            planned.upload,
            account_id=planned.account_id,
            bindings={
                "SESSION_STATE": DurableObject(SESSION_CLASS),
                "TOKEN_KV": self._sessions(planned),
                "DOCUMENT_STORAGE": self._documents(planned),
                "DB": self._database(planned),
                "DOCUMENT_EVENTS": events,
                **worker_secrets(dict(planned.secrets)),
                **_door(planned),
            },
            gates=gates(guarded(planned.settings)),
            opts=self._child,
        )
        queue = planned.settings.queue
        Consumer(
            f"{NAME}-events-consumer",
            ConsumerArgs(**queue.model_dump(exclude={"name", "dead_letters"})),
            queue=events,
            worker=worker,
            opts=self._child,
        )
        self.register_outputs({"host": self.host})

    def _sessions(self, planned: Plan) -> Namespace:
        title = planned.settings.sessions.namespace
        args = NamespaceArgs(title=title, retain=planned.retain)
        account = planned.account_id
        return Namespace(f"{NAME}-sessions", args, account_id=account, opts=self._child)

    def _documents(self, planned: Plan) -> Bucket:
        documents = planned.settings.documents
        args = BucketArgs(
            bucket=documents.bucket,
            location=documents.location,
            cors=_cors(planned.settings),
            lifecycle=_lifecycle(planned.settings),
            retain=planned.retain,
        )
        account = planned.account_id
        return Bucket(f"{NAME}-documents", args, account_id=account, opts=self._child)

    def _database(self, planned: Plan) -> Database:
        args = DatabaseArgs(
            database=planned.settings.database.name,
            location=planned.settings.database.location,
            files=planned.files,
            retain=planned.retain,
        )
        account = planned.account_id
        return Database(f"{NAME}-database", args, account_id=account, opts=self._child)

    def _events(self, planned: Plan) -> Queue:
        settings, account = planned.settings.queue, planned.account_id
        failed = QueueArgs(queue=settings.dead_letters, retain=planned.retain)
        dead = Queue(f"{NAME}-events-dead", failed, account_id=account, opts=self._child)
        args = QueueArgs(queue=settings.name, retain=planned.retain)
        return Queue(
            f"{NAME}-events", args, account_id=account, dead_letters=dead, opts=self._child
        )


def _door(planned: Plan) -> Mapping[str, Secret]:
    """Show the worker what opens 1Password Connect where this stack has it, and it is not set."""
    token = door_to(planned.settings.credentials.connect_url)
    if token is None or planned.secrets.ONEPASSWORD_ACCESS_CLIENT_ID is not None:
        return {}
    return {
        "ONEPASSWORD_ACCESS_CLIENT_ID": Secret(token.client_id),
        "ONEPASSWORD_ACCESS_CLIENT_SECRET": Secret(token.client_secret),
    }


def _worker_args(config: PlatformConfig, settings: Settings) -> WorkerArgs:
    return worker_args(
        config,
        settings.worker,
        ENTRY,
        hosts=(settings.host,),
        variables=_variables(config, settings),
        history=load_history(HISTORY),
    )


def _variables(config: PlatformConfig, settings: Settings) -> Mapping[str, str]:
    documents, sessions = settings.documents, settings.sessions
    own_s3 = f"https://{config.deployment.account}.r2.cloudflarestorage.com"
    return {
        "ENVIRONMENT": config.deployment.environment,
        "ENABLE_DURABLE_OBJECTS": _switch(on=settings.rollout.everyone),
        "DO_ROLLOUT_PERCENTAGE": f"{settings.rollout.percentage:.2f}",
        "ENABLE_R2_STORAGE": _switch(on=documents.enabled),
        "ONEPASSWORD_CONNECT_URL": settings.credentials.connect_url or "",
        "SERVICE_VAULTS": settings.credentials.permissions(),
        "CORS_ORIGIN": _origin(settings),
        "R2_S3_ENDPOINT": documents.s3_endpoint or own_s3,
        "R2_BUCKET_NAME": documents.bucket,
        "QUOTA_BYTES": str(documents.quota_bytes),
        "QUOTA_DOCUMENTS": str(documents.quota_documents),
        "MAX_UPLOAD_BYTES": str(documents.max_upload_bytes),
        "SESSION_TTL_SECONDS": str(sessions.ttl_seconds),
        "SESSION_MAX_BYTES": str(sessions.max_bytes),
    }


def _cors(settings: Settings) -> tuple[Cors, ...]:
    return (
        Cors(
            id="connect",
            origins=(_origin(settings),),
            methods=("GET", "PUT", "POST", "DELETE"),
            headers=("*",),
            expose=("ETag",),
        ),
    )


def _lifecycle(settings: Settings) -> tuple[Lifecycle, ...]:
    ages = settings.documents.lifecycle
    return (
        Lifecycle(id="delete-temp-files", prefix="temp/", delete_after=ages.delete_temporary),
        Lifecycle(
            id="transition-old-files", prefix="archive/", infrequent_after=ages.archive_infrequent
        ),
        Lifecycle(id="abort-uploads", prefix="", abort_uploads_after=ages.abort_uploads),
    )


def _origin(settings: Settings) -> str:
    return settings.documents.cors_origin or f"https://{settings.host}"


def _switch(*, on: bool) -> str:
    return "true" if on else "false"
