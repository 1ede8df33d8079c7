"""Tails: the worker that hears what happened in every other one."""

from pathlib import Path

from common.json_types import Json
from common.user_agents import PROBE
from local.records.model import Cloud
from local.runtime.configuration.environment import Account
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import (
    json_binding,
    modules_of,
    service_binding,
    system_worker,
)

SERVICE = Path(__file__).parent / "service"


def _services(_cloud: Cloud, account: Account) -> list[Json]:
    bindings = [json_binding("PROBE", PROBE), json_binding("LINE_KEY", account.line_key)]
    return [system_worker("tail", modules_of(SERVICE), bindings)]


KIND = RuntimeKind(services=_services, admin=lambda _: [service_binding("TAIL", "system:tail")])
