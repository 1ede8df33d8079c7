"""D1: databases, kept by the D1 worker that is part of workerd."""

from collections.abc import Iterator
from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.configuration.bindings import Context
from local.runtime.configuration.environment import Account, Layout
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import bundled_worker, designator, namespace_binding
from local.runtime.configuration.storage import object_files

MODULE = "cloudflare-internal:d1-api"


def _bind(binding: Json, context: Context) -> Json:
    database = binding.get("id") or binding["database_id"]
    context.need(binding, database, database in context.cloud.databases, "D1 database")
    inner = [{"name": "fetcher", "service": _database(database)}]
    return {"name": binding["name"], "wrapped": {"moduleName": MODULE, "innerBindings": inner}}


def _database(database: str) -> Json:
    return designator("system:d1", {"database": database})


def _services(_cloud: Cloud, _account: Account) -> list[Json]:
    return [bundled_worker("d1", "D1Database", [namespace_binding("DATABASE", "D1Database")])]


def _admin(cloud: Cloud) -> list[Json]:
    return [{"name": f"d1:{name}", "service": _database(name)} for name in cloud.databases]


def _files(layout: Layout, database: str) -> Iterator[Path]:
    return object_files(layout, "d1", database)


KIND = RuntimeKind(
    bindings={"d1": _bind},
    services=_services,
    disks=("d1",),
    admin=_admin,
    stored=lambda cloud: cloud.databases,
    files=_files,
)
