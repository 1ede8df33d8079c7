"""The systems of a stack, found by the names that commands take."""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from config import file_name
from config.monitoring import PlatformSecrets
from config.platform import PLATFORM
from config.reading.problems import plain
from config.system_declaration import RolloutTrack
from ops.errors import OpsError
from ops.stack.target import Target
from systems.registry import SYSTEMS
from systems.system import AccountKeys, AnySystem, Rollback

SELECTED = "chittyos:systems"

AccountKeysOf = Callable[[Any], AccountKeys]
"""Says of the settings of a system where keys of its accounts are."""


def systems_of(target: Target) -> Sequence[AnySystem]:
    """Return the systems that *target* has; all of them when its file does not say."""
    named = target.config.get(SELECTED)
    if not isinstance(named, list):
        return SYSTEMS
    return tuple(system for system in SYSTEMS if system.name in named)


def find_rollout(target: Target, name: str) -> tuple[AnySystem, RolloutTrack]:
    """Return the rollout *name* (`SYSTEM`, or `SYSTEM.PATH` where it has several).

    Raises `OpsError` with those there are.
    """
    known = dict(_rollouts(target))
    if name not in known:
        listed = ", ".join(key for key in known if "." in key) or "none"
        raise OpsError(f"{target.name} has no rollout {name!r}; there are: {listed}")
    return known[name]


def find_rollback(target: Target, name: str) -> tuple[AnySystem, Rollback]:
    """Return the way back *name* (`SYSTEM.WHAT`); raises `OpsError` with those there are."""
    known = {
        f"{system.name}.{what}": (system, way)
        for system in systems_of(target)
        for what, way in system.rollbacks.items()
    }
    if name not in known:
        raise OpsError(
            f"{target.name} has no rollback {name!r}; there are: {', '.join(known) or 'none'}"
        )
    return known[name]


def find_token_system(target: Target, name: str | None) -> AnySystem:
    """Return the system whose tokens are meant; *name* may be `None` where only one takes any.

    Raises `OpsError` with those that take tokens.
    """
    known = [system for system in systems_of(target) if system.tokens_secret]
    if name is None and len(known) == 1:
        return known[0]
    found = next((system for system in known if system.name == name), None)
    if found is None:
        listed = ", ".join(system.name for system in known) or "none"
        asked = "say --system" if name is None else f"{name!r} takes no API tokens"
        raise OpsError(f"{asked}; systems of {file_name(target.name)} that take tokens: {listed}")
    return found


def find_key_system(target: Target, name: str | None) -> tuple[str, AccountKeysOf]:
    """Return the system whose accounts have keys, and where it has them.

    *name* may be `None` where only one has any. Raises `OpsError` with those that have accounts.
    """
    known = {each.name: each.account_keys for each in systems_of(target) if each.account_keys}
    chosen = next(iter(known)) if name is None and len(known) == 1 else name
    if chosen in known:
        return chosen, known[chosen]
    asked = "say --system" if name is None else f"{plain(name)} has no accounts"
    listed = ", ".join(known) or "none"
    raise OpsError(f"{asked}; systems of {file_name(target.name)} that have any: {listed}")


def find_loaded(target: Target, name: str) -> AnySystem:
    """Return the system *name*, which has a load test; raises `OpsError` with those that have."""
    known = {system.name: system for system in systems_of(target) if system.load}
    if name not in known:
        listed = ", ".join(known) or "none"
        raise OpsError(
            f"{plain(name)} has no load test; systems of {file_name(target.name)} that have one: "
            f"{listed}"
        )
    return known[name]


def secrets_of(target: Target) -> dict[str, type[BaseModel]]:
    """Return the models of the secrets that *target* may have, by the namespace of their keys."""
    systems = {system.name: system.secrets for system in systems_of(target)}
    return {**systems, PLATFORM: PlatformSecrets}


def find_secret(target: Target, name: str) -> tuple[str, type[BaseModel], str]:
    """Return namespace, model and name of the secret *name* (`SYSTEM.NAME`).

    Raises `OpsError` with those known.
    """
    known: dict[str, tuple[str, type[BaseModel], str]] = {
        f"{namespace}.{secret}": (namespace, model, secret)
        for namespace, model in secrets_of(target).items()
        for secret in model.model_fields
    }
    if name not in known:
        raise OpsError(f"{target.name} has no secret {plain(name)}; it has: {', '.join(known)}")
    return known[name]


def _rollouts(target: Target) -> list[tuple[str, tuple[AnySystem, RolloutTrack]]]:
    found = []
    for system in systems_of(target):
        tracks = [(f"{system.name}.{track.path}", (system, track)) for track in system.rollouts]
        alone = [(system.name, tracks[0][1])] if len(tracks) == 1 else []
        found += [*alone, *tracks]
    return found
