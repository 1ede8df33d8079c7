"""What a system declares about itself, as far as the configuration needs to know it.

The configuration knows no system by name: it is handed declarations and checks what they say
together. `systems/system.py` adds how a system is built and run.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel

from config.access import Guard
from config.platform_config import Block, PlatformConfig
from config.system_parts import Rollout, Worker
from planning.demand import Demand

Finding = tuple[str, str]
"""A path (`chittyos:zones[0].id`) and what is wrong there."""


class Kind(StrEnum):
    """What a name is unique among: all of an account, but hosts and routes, which a zone has."""

    HOST = "host"
    ROUTE = "route"
    SCRIPT = "worker"
    BUCKET = "bucket"
    NAMESPACE = "KV namespace"
    QUEUE = "queue"
    DATABASE = "database"
    DATASET = "dataset"
    ADDRESS_LIST = "list of addresses"
    TUNNEL = "tunnel"


@dataclass(frozen=True)
class Claim:
    """A name that a system takes for itself alone."""

    kind: Kind
    name: str
    path: str
    """Where the block of the system says it: `worker.name`."""

    why: str = ""
    """Why nobody else may have it, where that is not plain. Default: nothing is said."""


@dataclass(frozen=True)
class WorkerUse:
    """A worker of a system: its part of the block, and the names that the system gives it."""

    path: str
    """Where the block has it: `worker`."""

    worker: Worker
    bindings: frozenset[str]
    """Names of variables and bindings, but for secrets: those are known by their model."""


@dataclass(frozen=True)
class Guarded:
    """Something of a system that Access stands before: its worker, or paths of its hosts."""

    path: str
    """Where the block of the system says it: `access[0]`."""

    guard: Guard
    hosts: tuple[str, ...]
    """Hosts of the worker, the most important first."""

    @property
    def places(self) -> tuple[str, ...]:
        """Hosts with the guarded paths; none where the whole worker is guarded."""
        return tuple(f"{host}{path}" for host in self.hosts for path in self.guard.paths)


@dataclass(frozen=True)
class RolloutTrack:
    """Something that a system rolls out by a share of its users, step by step."""

    path: str
    """Where the block has its `Rollout`: `rollout`."""

    what: str
    """What the share is of, for people: "new sessions that live in Durable Objects"."""

    read: Callable[[Any], Rollout]
    """Finds the rollout in the settings of the system."""

    parse: Callable[[object], Rollout]
    """Reads the rollout from loose values, or raises pydantic's `ValidationError`."""


class Declared(Protocol):
    """A system, as the configuration sees it; every field is described at `System`."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def settings(self) -> type[BaseModel]: ...
    @property
    def secrets(self) -> type[BaseModel]: ...
    @property
    def check(self) -> Callable[[PlatformConfig, Block], Iterable[Finding]]: ...
    @property
    def workers(self) -> Callable[[Any], Iterable[WorkerUse]]: ...
    @property
    def claims(self) -> Callable[[Any], Iterable[Claim]]: ...
    @property
    def guards(self) -> Callable[[Any], Iterable[Guarded]]: ...
    @property
    def demand(self) -> Callable[[Any], Demand]: ...
    @property
    def rollouts(self) -> tuple[RolloutTrack, ...]: ...


def behind(hosts: Sequence[str], guards: Iterable[Guard]) -> Iterator[Guarded]:
    """Yield what Access stands before, of a system whose worker has *hosts*."""
    for index, guard in enumerate(guards):
        yield Guarded(f"access[{index}]", guard, tuple(hosts))


def nothing(_: object) -> tuple[()]:
    """Declare nothing."""
    return ()
