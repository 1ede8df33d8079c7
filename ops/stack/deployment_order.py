"""The stacks that an environment is cut into, and whose turn is when: owners of zones go first."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config import ConfigError
from config.reading.source import stack_of
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import removal
from ops.stack.systems import SELECTED, systems_of
from ops.stack.target import ENVIRONMENTS, REHEARSAL, Target, read_target
from systems.registry import SYSTEMS

ZONES = "chittyos:zones"


@dataclass(frozen=True)
class Stack:
    """One of the stacks of an environment."""

    name: str
    systems: tuple[str, ...]
    """Those that its file names, or configures where it names none."""

    hosts: frozenset[str]
    """Other stacks that own a zone of it."""

    whole: bool
    """Whether its file does not say which systems it has."""


def read(paths: Paths, environment: str) -> list[Stack]:
    """Return the stacks of *environment* by their files, in alphabetical order.

    Raises `OpsError` for an environment that is none or has no stack, and for a file that says
    none, `ConfigError` for one that cannot be read.
    """
    if environment not in ENVIRONMENTS:
        raise OpsError(f"{environment!r} is no environment; it is one of {', '.join(ENVIRONMENTS)}")
    names = sorted(filter(None, map(stack_of, paths.root.glob("Pulumi.*.yaml"))))
    targets = [target for name in names if (target := _of(paths, name, environment))]
    if not targets:
        raise OpsError(
            f"no file here is of a stack of {environment}; write one: python -m ops init"
        )
    return [_stack(target) for target in targets]


def turns(stacks: Sequence[Stack]) -> list[list[Stack]]:
    """Return *stacks* in their order: those of one turn need nothing of each other.

    The owner of a zone goes before its guests: what it sets for them stands before they answer.
    """
    names = {stack.name for stack in stacks}
    guests = [stack for stack in stacks if stack.hosts & names]
    first = [stack for stack in stacks if stack not in guests]
    return [turn for turn in (first, guests) if turn]


def faults(stacks: Sequence[Stack]) -> Iterator[str]:
    """Find what keeps *stacks* from being deployed: a system that two have, owners that wait."""
    for system in (each.name for each in SYSTEMS):
        having = [stack.name for stack in stacks if system in stack.systems]
        if len(having) > 1:
            yield (
                f"{system} is in {' and '.join(having)}: name in {SELECTED} of each what it has, "
                f"every system once"
            )
    hosts = {stack.name: stack.hosts for stack in stacks}
    for name, owners in hosts.items():
        for owner in sorted(owners & hosts.keys()):
            if above := sorted(hosts[owner] & hosts.keys()):
                yield (
                    f"{name} has a zone of {owner}, which itself has one of {above[0]}, and would "
                    f"have to wait for both: name {above[0]} as the owner of both zones"
                )


def missing(stacks: Sequence[Stack]) -> list[str]:
    """Return the systems that none of *stacks* has, where each says which it has."""
    if any(stack.whole for stack in stacks):
        return []
    return sorted({each.name for each in SYSTEMS} - {n for each in stacks for n in each.systems})


def document(stacks: Sequence[Stack]) -> str:
    """Write the turns for programs, a list of names each: what a matrix of CI is made from."""
    return json.dumps([[stack.name for stack in turn] for turn in turns(stacks)])


def _of(paths: Paths, name: str, environment: str) -> Target | None:
    """Return the stack *name* where it is of *environment*, and not made to try something.

    Stacks of pull requests are, and rehearsals on the local Cloudflare.
    """
    try:
        target = read_target(paths, name)
    except (OpsError, ConfigError):
        if name in ENVIRONMENTS and name != environment:
            return None
        raise
    is_trial = removal.is_throwaway(target) or bool(target.config.get(REHEARSAL))
    return target if target.environment == environment and not is_trial else None


def _stack(target: Target) -> Stack:
    listed = target.config.get(ZONES)
    zones = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    owners = {str(zone["owner"]) for zone in zones if zone.get("owner")} - {target.name}
    whole = not isinstance(target.config.get(SELECTED), list)
    configured = {key.partition(":")[0] for key in target.config}
    named = [each.name for each in systems_of(target)]
    systems = tuple(name for name in named if not whole or name in configured)
    return Stack(target.name, systems, frozenset(owners), whole)
