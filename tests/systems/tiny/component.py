"""Tiny as resources: one worker with a Durable Object."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.bundle import ROOT
from components.durable_object import DurableObject
from components.upload import Upload, prepare
from components.worker import Worker
from config import PlatformConfig
from config.history import load_history
from config.platform_config import Block
from systems.system import Address
from systems.worker_secrets import worker_secrets
from systems.workers import worker_args

from .settings import Tiny, TinySecrets

FOLDER = Path(__file__).resolve().parent / "workers" / "hello"
CLASS = "Counter"


@dataclass(frozen=True)
class Plan:
    """Tiny before it is registered."""

    settings: Tiny
    secrets: TinySecrets
    upload: Upload
    account_id: str

    def build(self, opts: pulumi.ResourceOptions) -> Sequence[Address]:
        """Register the worker; return where it answers."""
        return [Address(TinySystem(self, opts).host)]


class TinySystem(pulumi.ComponentResource):
    """The worker with its counter."""

    def __init__(self, planned: Plan, opts: pulumi.ResourceOptions) -> None:
        super().__init__("chittyos:system:Tiny", "tiny", {}, opts)
        self.host = planned.settings.host
        Worker(
            "tiny-worker",
            planned.upload,
            account_id=planned.account_id,
            bindings={"COUNTER": DurableObject(CLASS), **worker_secrets(dict(planned.secrets))},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"host": self.host})


def plan(config: PlatformConfig, block: Block) -> Plan:
    """Bundle the worker and plan its migrations; registers nothing."""
    settings: Tiny = block.settings
    account = config.deployment.account
    args = worker_args(
        config,
        settings.worker,
        str((FOLDER / "index.ts").relative_to(ROOT)),
        hosts=(settings.host,),
        variables={"GREETING": settings.greeting, "SHARE": f"{settings.rollout.share:.2f}"},
        history=load_history(FOLDER / "durable_objects.yaml"),
    )
    return Plan(settings, block.secrets, prepare(account, args, classes=[CLASS]), account)
