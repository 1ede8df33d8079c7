"""Tiny: the smallest system that has everything."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.platform_config import Block
from config.system_declaration import Claim, Kind, RolloutTrack, WorkerUse
from config.system_parts import Rollout
from planning.demand import Demand
from planning.zone_rules import ZoneRule
from systems.system import Generated, Planned, Rollback, Smoke, System

from .settings import SCOPES, Tiny, TinySecrets

if TYPE_CHECKING:
    from config import PlatformConfig


def _plan(config: "PlatformConfig", block: Block) -> Planned:
    from .component import plan  # noqa: PLC0415 - the SDK takes a second

    return plan(config, block)


def _workers(settings: Tiny) -> Iterator[WorkerUse]:
    yield WorkerUse("worker", settings.worker, frozenset({"GREETING", "SHARE", "COUNTER"}))


def _claims(settings: Tiny) -> Iterator[Claim]:
    yield Claim(Kind.HOST, settings.host, "host")


def _demand(_: Tiny) -> Demand:
    return Demand(worker_requests_month=20_000_000, worker_cpu_ms_request=1)


def _rules(settings: Tiny) -> Iterator[ZoneRule]:
    if settings.shielded:
        yield ZoneRule(
            phase="http_request_firewall_custom",
            ref="tiny_reads_only",
            host=settings.host,
            expression=f'(http.host eq "{settings.host}" and http.request.method ne "GET")',
            action="block",
            description="greetings are only read",
        )


def _rollout(settings: Tiny) -> Rollout:
    return settings.rollout


SYSTEM = System(
    name="tiny",
    title="Tiny",
    settings=Tiny,
    secrets=TinySecrets,
    plan=_plan,
    workers=_workers,
    claims=_claims,
    demand=_demand,
    zone_rules=_rules,
    rollouts=(RolloutTrack("rollout", "greetings counted", _rollout, Rollout.model_validate),),
    rollbacks={
        "counting": Rollback(
            restores="Greetings are not counted any more.",
            cannot="What was counted stays.",
            rollout="rollout",
        )
    },
    generated={"API_TOKENS": Generated.API_TOKENS, "SALT": Generated.RANDOM},
    scopes=SCOPES,
    smoke=(Smoke("/greeting", contains="hello"),),
)
