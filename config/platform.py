"""The whole configuration of a stack, checked before anything is registered."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any, TypeVar

from pydantic import BaseModel

from config.deployment import Deployment
from config.fields import Environment
from config.monitoring import PlatformSecrets
from config.platform_config import Block, PlatformConfig
from config.reading import references
from config.reading.blocks import Reader
from config.reading.problems import ConfigError, show, unknown
from config.reading.secret_values import Resolve, read_secrets
from config.reading.source import Source, from_engine
from config.rules import (
    access,
    budgets,
    claims,
    demand,
    guests,
    monitoring,
    other_stacks,
    rollouts,
    workers,
)
from config.rules import deployment as zones
from config.rules.rollouts import Circumstances
from config.system_declaration import Declared, Finding
from planning import addresses
from planning.refusals import RefusedError

BASE_URL = "cloudflare:baseUrl"
PLATFORM = "chittyos"
SYSTEMS = f"{PLATFORM}:systems"
OWN_NAMESPACES = (PLATFORM, "cloudflare", "pulumi")

S = TypeVar("S", bound=BaseModel)
T = TypeVar("T", bound=BaseModel)


def load(
    stack: str,
    systems: Sequence[Declared],
    source: Source | None = None,
    *,
    resolve: Resolve = references.resolve,
    around: Circumstances | None = None,
) -> PlatformConfig:
    """Check the configuration of *stack*, which may have any of *systems*, as a whole.

    *source* is what the engine handed to the program by default, *around* the present and the
    files of the other stacks. Raises `ConfigError` with every problem, a line each; no line holds
    a secret.
    """
    reader = Reader(stack, source or from_engine(stack))
    _check_keys(reader, systems)
    deployment, secrets = _platform(reader, resolve)
    chosen = _chosen(reader, deployment, systems)
    blocks = {system.name: _block(reader, system, resolve) for system in chosen}
    base_url = _base_url(reader, deployment)
    if reader.problems or deployment is None or secrets is None:
        raise ConfigError(reader.problems)
    known = {name: block for name, block in blocks.items() if block}
    around = around or Circumstances()
    config = PlatformConfig(
        stack,
        deployment,
        known,
        base_url,
        secrets,
        guests=guests.read(stack, deployment, systems, around.beside),
        host_zones=guests.host_zones(stack, deployment, around.beside),
    )
    for path, text in _check(config, chosen, around):
        reader.say(path, text)
    for path, text in _check_others(config, chosen, systems, around):
        reader.say(path, text)
    if reader.problems:
        raise ConfigError(reader.problems)
    return config


def _check(
    config: PlatformConfig, systems: Sequence[Declared], around: Circumstances
) -> Iterator[Finding]:
    """Find what does not fit together."""
    settings = {name: block.settings for name, block in config.blocks.items()}
    yield from zones.check(config.deployment)
    yield from monitoring.check(config.stack, config.deployment, config.secrets)
    for system in systems:
        yield from _check_system(config, system, settings[system.name], around)
    guarded = {s.name: tuple(s.guards(settings[s.name])) for s in systems}
    yield from access.check(config.deployment.access, guarded)
    owned = [*claims.owned(systems, settings), *claims.of_balancers(config.deployment)]
    yield from claims.check(config.stack, config.deployment, owned)
    asked = demand.total(systems, settings, config.deployment)
    yield from demand.check(config.deployment, asked)
    yield from budgets.check(config.deployment, asked)


def _check_others(
    config: PlatformConfig,
    chosen: Sequence[Declared],
    systems: Sequence[Declared],
    around: Circumstances,
) -> Iterator[Finding]:
    settings = {name: block.settings for name, block in config.blocks.items()}
    own = [*claims.owned(chosen, settings), *claims.of_balancers(config.deployment)]
    yield from guests.check(config.stack, config.deployment, around.beside)
    yield from other_stacks.check(config.stack, config.deployment, own, systems, around.beside)


def _check_system(
    config: PlatformConfig, system: Declared, settings: Any, around: Circumstances
) -> Iterator[Finding]:
    today = around.now.astimezone(UTC).date()
    for use in system.workers(settings):
        yield from workers.check(system, use, config.deployment, today)
    for track in rollouts.tracks(system):
        wanted = track.declared.read(settings)
        yield from rollouts.check(config.deployment.environment, track, wanted, around)
    for path, text in system.check(config, config.blocks[system.name]):
        yield f"{system.name}:{path}", text


def _check_keys(reader: Reader, systems: Sequence[Declared]) -> None:
    known = (*OWN_NAMESPACES, *(system.name for system in systems))
    for key in sorted(reader.source.values):
        namespace = key.partition(":")[0]
        if namespace not in known:
            reader.say(key, unknown(namespace, known))
        elif namespace == "cloudflare" and key != BASE_URL:
            reader.say(
                key,
                f"is not allowed (value not shown); only {BASE_URL} is, and the token comes from "
                f"the environment (CLOUDFLARE_API_TOKEN); remove it",
            )


def _chosen(
    reader: Reader, deployment: Deployment | None, systems: Sequence[Declared]
) -> Sequence[Declared]:
    """Choose the systems of the stack, all by default; of the others no key may be set."""
    named = deployment.systems if deployment else None
    if named is None:
        return systems
    known = [system.name for system in systems]
    for index, name in enumerate(named):
        if name not in known:
            reader.say(f"{SYSTEMS}[{index}]", unknown(name, known))
    for key in sorted(reader.source.values):
        namespace = key.partition(":")[0]
        if namespace in known and namespace not in named:
            reader.say(
                key,
                f"is set, and {SYSTEMS} leaves {namespace} out; name it there, too, "
                f"or remove the key",
            )
    return [system for system in systems if system.name in named]


def _platform(reader: Reader, resolve: Resolve) -> tuple[Deployment | None, PlatformSecrets | None]:
    return _divided(reader, PLATFORM, Deployment, PlatformSecrets, resolve)


def _block(reader: Reader, system: Declared, resolve: Resolve) -> Block | None:
    read = _divided(reader, system.name, system.settings, system.secrets, resolve)
    settings, secrets = read
    if settings is None and not reader.block(system.name):
        said = f"the stack says nothing of it; to have none, name in {SYSTEMS} what it has"
        reader.say(system.name, said)
    return Block(settings, secrets) if settings and secrets else None


def _divided(
    reader: Reader, namespace: str, plain: type[S], secret: type[T], resolve: Resolve
) -> tuple[S | None, T | None]:
    """Read the keys of *namespace*: those that anyone may read, and those that nobody may."""
    block = reader.block(namespace)
    given = [name for name in secret.model_fields if name in block]
    others = {name: value for name, value in block.items() if name not in given}
    settings = reader.model(namespace, plain, others)
    return settings, read_secrets(reader, namespace, secret, given, resolve)


def _base_url(reader: Reader, deployment: Deployment | None) -> str | None:
    given = reader.source.values.get(BASE_URL)
    if deployment is None:
        return None
    if deployment.environment is Environment.DEVELOPMENT or deployment.rehearsal:
        _check_local(reader, given)
    elif given is not None:
        reader.say(
            BASE_URL,
            f"{deployment.environment} talks to Cloudflare itself; remove it",
        )
    return given


def _check_local(reader: Reader, given: object) -> None:
    try:
        addresses.local_port(given)
    except RefusedError as error:
        said = "must be set" if given is None else f"{show(given)} is refused"
        reader.say(
            BASE_URL,
            f"{said}: a development stack, or a throw-away copy, talks to the local "
            f"Cloudflare only; {error}",
        )
