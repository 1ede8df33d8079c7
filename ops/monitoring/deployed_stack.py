"""A deployed stack as its checks look at it: what is read once, and what each of them asks."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from common.json_types import Json
from config import PlatformConfig
from config.rules import demand
from ops.cloudflare_api.client import Client
from ops.errors import OpsError
from ops.stack import effective_config, state
from ops.stack.decrypted_secrets import can_open, secrets_of
from ops.stack.service_tokens import door_of
from ops.stack.session import Session
from ops.stack.systems import systems_of
from ops.stack.target import Target
from ops.stack_map import deployed_resources
from planning.demand import Total
from planning.exposure.graph import Resource
from systems.preconditions import TOKEN

Secret = Callable[[str], str | None]
Door = Callable[[Mapping[str, str]], Mapping[str, str]]


@dataclass(frozen=True)
class Watched:
    """A stack that is up. What needs the engine is read when the first check asks for it."""

    session: Session
    backup: Path | None = None
    """The backup that a recovery is tried with. Default: one that is made for it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def target(self) -> Target:
        """The stack, and the account that it stands in."""
        return self.session.target

    @property
    def edge_port(self) -> int | None:
        """Port of the edge of the local Cloudflare; `None` for a stack of an account."""
        return self.target.api_port + 1 if self.target.local else None

    @property
    def token(self) -> str:
        """The API token of the environment. Raises `OpsError` where there is none."""
        token = os.environ.get(TOKEN)
        if not token:
            raise OpsError(f"{TOKEN} is not set")
        return token

    @cached_property
    def resources(self) -> list[Json]:
        """What the state has, as the engine writes it."""
        return state.resources(self.session)

    @cached_property
    def registered(self) -> Sequence[Resource]:
        """The same as resources of a graph."""
        return deployed_resources.of_state(self.resources)

    @cached_property
    def config(self) -> PlatformConfig:
        """The configuration, secrets left out."""
        return effective_config.check(self.session.paths, self.target, secrets_later=True)

    @cached_property
    def asked(self) -> Total:
        """What all systems are expected to use."""
        settings = {name: block.settings for name, block in self.config.blocks.items()}
        return demand.total(systems_of(self.target), settings, self.config.deployment)

    @cached_property
    def opens(self) -> bool:
        """Whether secrets of the stack can be decrypted; what needs none is looked at without."""
        return can_open(self.session)

    @cached_property
    def secret(self) -> Secret:
        """What reads a secret of the stack by its key."""
        return secrets_of(self.session)

    @cached_property
    def door(self) -> Door:
        """What lets pass to an address of the stack that asks who is there."""
        return door_of(self.session)

    def api(self) -> Client:
        """Return the API of the account, to be closed in the end."""
        return Client(self.target.api, self.token)
