"""Analytics Engine: datasets that workers write points to, kept by the worker in `service/`.

workerd itself drops a point over a limit without a word to the worker, as Cloudflare does (W6); the
event then has an exception, which is in the journal. `points.py` reads what is kept, and has kept
what was written until then.
"""

from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.analytics.query import KEPT_DAYS
from local.runtime.configuration.bindings import Context
from local.runtime.configuration.environment import Account
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import (
    designator,
    json_binding,
    modules_of,
    namespace_binding,
    service_binding,
    stateful,
    system_worker,
)

SERVICE = Path(__file__).parent / "service"


def _bind(binding: Json, _: Context) -> Json:
    service = designator("system:analytics", {"dataset": binding["dataset"]})
    return {"name": binding["name"], "analyticsEngine": service}


def _services(_cloud: Cloud, _account: Account) -> list[Json]:
    bindings = [namespace_binding("POINTS", "Points"), json_binding("KEPT_DAYS", KEPT_DAYS)]
    return [
        stateful(system_worker("analytics", modules_of(SERVICE), bindings), "Points", "analytics")
    ]


KIND = RuntimeKind(
    bindings={"analytics_engine": _bind},
    services=_services,
    disks=("analytics",),
    admin=lambda _: [service_binding("ANALYTICS", "system:analytics")],
)
