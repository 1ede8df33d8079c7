"""Cron triggers, fired by the cron worker that is part of workerd, or by hand."""

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.configuration.environment import Account
from local.runtime.configuration.modules import is_lost
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import (
    bundled_worker,
    json_binding,
    namespace_binding,
    reached,
)


def _services(cloud: Cloud, _account: Account) -> list[Json]:
    workers = [worker for worker in cloud.workers if worker.crons and not is_lost(worker)]
    if not workers:
        return []
    bindings = [
        namespace_binding("SCHEDULE", "Schedule"),
        json_binding("CRONS", {worker.name: worker.crons for worker in workers}),
        *({"name": worker.name, "service": reached(worker.name, cloud)} for worker in workers),
    ]
    return [bundled_worker("cron", "Schedule", bindings)]


def _admin(cloud: Cloud) -> list[Json]:
    names = [worker.name for worker in cloud.workers if not worker.version]
    return [{"name": f"worker:{name}", "service": reached(name, cloud)} for name in names]


KIND = RuntimeKind(services=_services, disks=("cron",), is_disposable=True, admin=_admin)
