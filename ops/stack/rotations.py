"""What of a stack can be rotated, how far that is, and which stacks take part (OP-3, OP-5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import ValidationError

from common.json_types import Json
from config import ConfigError, file_name
from config.access import TokenSecret
from config.platform import PLATFORM
from config.reading.problems import plain
from ops.engine.resources import name_of
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import effective_config
from ops.stack.rollout import Values
from ops.stack.systems import systems_of
from ops.stack.target import Target, read_target
from planning.token_rotation import Turn
from systems.chains import Chain
from systems.rotations import PLATFORM_TOKENS, Rotation, TokenRotation

VERSION = "clientSecretVersion"


@dataclass(frozen=True)
class Found:
    """A rotation of a stack."""

    namespace: str
    """Of the block that it is about: the name of a system, or that of the platform."""

    name: str
    rotation: Rotation

    def key(self, name: str) -> str:
        """Return the key of the secret or setting *name* of the block."""
        return f"{self.namespace}:{name}"


@dataclass(frozen=True)
class Presenter:
    """A system of a stack that presents a service token of another one."""

    stack: str
    system: str
    chain: Chain

    @property
    def keys(self) -> tuple[str, str]:
        """Keys of the secrets that have the two halves of the token."""
        return f"{self.system}:{self.chain.client_id}", f"{self.system}:{self.chain.client_secret}"


def find(target: Target, name: str) -> Found:
    """Return the rotation *name* (`SYSTEM.WHAT`); raises `OpsError` with those there are."""
    known = {f"{each.namespace}.{each.name}": each for each in _all(target)}
    if name not in known:
        listed = ", ".join(known) or "none"
        raise OpsError(f"{target.name} has no rotation {plain(name)}; there are: {listed}")
    return known[name]


def find_token(target: Target, name: str) -> tuple[Found, TokenRotation]:
    """Return the service token *name* (`SYSTEM.TOKEN`); raises `OpsError` with those there are."""
    known = {
        f"{each.namespace}.{each.name}": (each, each.rotation)
        for each in _all(target)
        if isinstance(each.rotation, TokenRotation)
    }
    if name not in known:
        listed = ", ".join(known) or "none"
        raise OpsError(f"{target.name} has no service token {plain(name)}; there are: {listed}")
    return known[name]


def configured(target: Target, found: Found, rotation: TokenRotation) -> Turn:
    """Return which secret of a token the configuration asks for; `OpsError` for what is none."""
    given = target.setting(found.key(rotation.setting)) or {}
    chosen = {key: given[key] for key in TokenSecret.model_fields if key in given}
    try:
        secret = TokenSecret.model_validate(chosen)
    except ValidationError as error:
        where = f"{file_name(target.name)}: {found.key(rotation.setting)}"
        raise OpsError(f"{where}: {error.errors()[0]['msg']}; correct it") from None
    return Turn(secret.secret_version, secret.previous_until)


def values_of(found: Found, rotation: TokenRotation, turn: Turn) -> Values:
    """Return the values by which a configuration asks for *turn*."""
    key = found.key(rotation.setting)
    until = turn.until.isoformat() if turn.until else None
    return {f"{key}.secret_version": str(turn.version), f"{key}.previous_until": until}


def deployed(resources: list[Json], rotation: TokenRotation) -> int:
    """Return the number of the secret that is there; raises `OpsError` where there is no token."""
    for each in resources:
        if name_of(each["urn"]) == rotation.resource:
            return int(each.get("outputs", {}).get(VERSION) or 1)
    raise OpsError(
        f"the state has no service token {rotation.resource}: it is not configured, or up was not "
        "run since it is"
    )


def readers(paths: Paths, source: Target, found: Found) -> list[Presenter]:
    """Return the systems of the stacks of this clone that read from the host of a rotation.

    Only those on the same account count: a rehearsal has the host of the stack that it rehearses.
    """
    rotation = found.rotation
    host = str(source.setting(found.key(rotation.host)) or "") if rotation.host else ""
    if not host:
        return []
    near = [each for each in _stacks(paths) if _is_beside(each, source)]
    return [each for target in near for each, its in leading(target) if its == host]


def presenters(paths: Paths, source: Target, found: Found) -> list[Presenter]:
    """Return the readers that a service token is handed to.

    Those of *source* itself are given it by the program, unless somebody has set it there.
    """
    return [
        each
        for each in readers(paths, source, found)
        if each.stack != source.name or effective_config.is_set(paths, source, each.keys[0])
    ]


def leading(target: Target) -> Iterator[tuple[Presenter, str]]:
    """Yield the systems of a stack that read through a chain, and the host where it begins."""
    for system in systems_of(target):
        chain = system.chain
        address = target.setting(f"{system.name}:{chain.url}") if chain else None
        if chain and address:
            yield Presenter(target.name, system.name, chain), urlsplit(str(address)).hostname or ""


def _is_beside(one: Target, other: Target) -> bool:
    return (one.api, one.account) == (other.api, other.account)


def _stacks(paths: Paths) -> Iterator[Target]:
    for file in sorted(paths.root.glob("Pulumi.*.yaml")):
        try:
            yield read_target(paths, file.name.split(".")[1])
        except (OpsError, ConfigError):
            continue  # what is no stack here presents nothing


def _all(target: Target) -> Iterator[Found]:
    for system in systems_of(target):
        for name, rotation in system.rotations.items():
            yield Found(system.name, name, rotation)
    listed = target.setting(f"{PLATFORM}:access.service_tokens")
    for index, token in enumerate(listed if isinstance(listed, list) else []):
        name = str(token.get("name") if isinstance(token, Mapping) else "")
        rotation = TokenRotation(
            what=f"the service token {name}",
            setting=f"access.service_tokens[{index}]",
            resource=f"{PLATFORM_TOKENS}{name}",
        )
        yield Found(PLATFORM, name, rotation)


def ends(turn: Turn) -> str:
    """Write until when the secret before the present one is taken."""
    return _shown(turn.until) if turn.until else "its end"


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M %Z")
