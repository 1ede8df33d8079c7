"""The environment a stack is run in: what is set, and what of the caller's is taken away."""

import os
import re
import secrets
import shlex
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from common.files import private_draft
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import engine_variables, inherited_environment, local_integrity, state_location
from ops.stack.target import Target

LEAKS = ("CLOUDFLARE_", "CF_")
"""Beginnings of variables by which another account or address could slip in."""

SKIP_SIDECARS = "?metadata=skip"
"""No file of attributes beside each file of the state: a killed engine leaves them half written,
and then cannot read the state any more."""

LOCAL_TOKEN = "CHITTYOS_LOCAL_TOKEN"  # noqa: S105 - the name of a variable
"""Token that stacks on the local Cloudflare run with, to see what it may do: one that its API made.
Default: the local Cloudflare's own, which may do everything."""

REAL_LEAKS = ("CLOUDFLARE_BASE_URL", "CLOUDFLARE_API_BASE_URL")
"""What a stack on a real account does not take from the caller: where its API is."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""What a shell takes as a name; the rest of a line with anything else it would run."""


@dataclass(frozen=True)
class Environment:
    """Variables to set and to take away."""

    set: dict[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()

    def apply(self, environ: MutableMapping[str, str] = os.environ) -> None:
        """Make *environ* fit; the program runs in this process and reads it."""
        for name in self.unset:
            environ.pop(name, None)
        environ.update(self.set)

    def exports(self) -> str:
        """Write it for a POSIX shell to evaluate."""
        gone = [f"unset {name}" for name in self.unset if _NAME.fullmatch(name)]
        return "\n".join([*gone, *(f"export {k}={shlex.quote(v)}" for k, v in self.set.items())])


@dataclass(frozen=True)
class Policies:
    """What the engine is given of the policies."""

    pack: Path
    """A folder, or an executable for engines that start one."""

    configuration: Path
    """Levels and settings, and exceptions for engines that take them."""


def environment_for(
    paths: Paths,
    target: Target,
    folder: Path | None,
    environ: Mapping[str, str] | None = None,
    policies: Policies | None = None,
) -> Environment:
    """Return what *target* runs in; *folder* with the tools, if any, goes first on the PATH.

    *policies* is what the engine is given of them. Default: the folder of the pack, which every
    engine takes, and the levels of the environment.
    Raises `OpsError` when the local Cloudflare has never run and so has no token.
    """
    environ = os.environ if environ is None else environ
    steering = engine_variables.unsafe(environ.keys())
    common = {**_policies(paths, target, policies), "PULUMI_STACK": target.name}
    common["PULUMI_SKIP_UPDATE_CHECK"] = "true"
    if folder:
        common["PATH"] = _path(folder, environ)
    if not target.local:
        leaks = tuple(name for name in REAL_LEAKS if name in environ)
        leaks += inherited_environment.leftovers(paths.local, environ)
        return Environment(common, _once(*leaks, *steering))
    foreign = tuple(sorted(name for name in environ if name.startswith(LEAKS)))
    passphrase = (name for name in ("PULUMI_CONFIG_PASSPHRASE",) if name in environ)
    common[inherited_environment.NO_PLUGINS] = "true"
    common |= _local(paths, target, environ)
    return Environment(common, _once(*foreign, *passphrase, *steering))


def make_passphrase(path: Path) -> Path:
    """Make the passphrase at *path* unless it is there; return *path*.

    Of two processes that make it at once, one does: nothing is ever encrypted by the other's.
    """
    if path.exists():
        return path
    with private_draft(path, secrets.token_urlsafe(32)) as draft, suppress(FileExistsError):
        os.link(draft, path)
    return path


def _once(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _policies(paths: Paths, target: Target, given: Policies | None) -> dict[str, str]:
    """Turn the policies on for plain `pulumi` as well: flags by their variables."""
    given = given or Policies(paths.policies, paths.levels(target.environment))
    return {
        "PULUMI_OPTION_POLICY_PACK": str(given.pack),
        "PULUMI_OPTION_POLICY_PACK_CONFIG": str(given.configuration),
    }


def _local(paths: Paths, target: Target, environ: Mapping[str, str]) -> dict[str, str]:
    paths.state.mkdir(parents=True, exist_ok=True)
    local_integrity.check_passphrase(paths)
    elsewhere = state_location.elsewhere()
    return {
        inherited_environment.STATE: elsewhere.url if elsewhere else _states(paths),
        inherited_environment.PASSPHRASE: str(make_passphrase(paths.passphrase)),
        inherited_environment.CONFIGURATION: str(paths.effective(target.name)),
        inherited_environment.TOKEN: environ.get(LOCAL_TOKEN) or _token(paths),
    }


def _states(paths: Paths) -> str:
    return paths.state.as_uri() + SKIP_SIDECARS


def _token(paths: Paths) -> str:
    try:
        return (paths.cloudflare / "token").read_text().strip()
    except FileNotFoundError:
        raise OpsError("the local Cloudflare is not running; run make start") from None


def _path(folder: Path, environ: Mapping[str, str]) -> str:
    """Put *folder* first, once, however often this is evaluated."""
    others = environ.get("PATH", os.defpath).split(os.pathsep)
    kept = [part for part in others if Path(part).parent != folder.parent]
    return os.pathsep.join([str(folder), *kept])
