"""The effective configuration of a local stack: the tracked file, and secrets of this machine.

The engine writes encrypted values and a salt into the file it is given. So that the tracked file
stays as it is, a local stack is run from a copy under `.local/stacks`.
"""

from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from common.files import write_private
from config import ConfigError, PlatformConfig, Source, file_name, load
from config.reading.problems import set_secret_command
from config.reading.source import SEALED
from ops.engine.process import pulumi
from ops.errors import OpsError
from ops.paths import PROJECT, Paths
from ops.stack import local_control, local_integrity, state_location
from ops.stack.generated_secrets import generated_keys, missing
from ops.stack.secret_encryption import sealer
from ops.stack.systems import secrets_of, systems_of
from ops.stack.target import Target, read_config
from ops.state_store import layout
from ops.terminal import console
from systems.registry import SYSTEMS

HEAD = "# Made by `python -m ops`; edit the tracked Pulumi.{stack}.yaml instead.\n"
SALT = "encryptionsalt"


def check(paths: Paths, target: Target, *, secrets_later: bool = False) -> PlatformConfig:
    """Check the configuration of *target* as a whole, before the engine is asked anything.

    Returns it with encrypted values left out: those are checked by the program itself. With
    *secrets_later* none has to be there yet. Raises `ConfigError` with every problem.
    """
    sealed = {key for key, value in target.config.items() if is_secure(value)}
    if target.local:
        made = {*generated_keys(target), *_kept(paths, target)["config"]}
        sealed |= made - target.config.keys()
    if not secrets_later:
        return _load(target, sealed)
    unset = secret_keys(target) - target.config.keys()
    sealed |= secret_keys(target, required=True) & unset
    try:
        return _load(target, sealed)
    except ConfigError as error:
        # Some are needed because of other settings: those are set later as well.
        asked = {problem.path for problem in error.problems} & unset - sealed
        if not asked:
            raise
        return _load(target, sealed | asked)


def _load(target: Target, sealed: set[str]) -> PlatformConfig:
    values = {**target.config, **dict.fromkeys(sealed, SEALED)}
    source = Source(file_name(target.name), values, frozenset(sealed), sealed=True)
    return load(target.name, SYSTEMS, source)


def secret_keys(target: Target, *, required: bool = False) -> set[str]:
    """Return the keys of the secrets that *target* may have, or *required*: that it has to have."""
    return {
        f"{namespace}:{name}"
        for namespace, model in secrets_of(target).items()
        for name, field in model.model_fields.items()
        if field.is_required() or not required
    }


def prepare(paths: Paths, target: Target, engine: Path) -> None:
    """Make the effective file of a local *target*, its stack and its secrets; all once.

    Run it with the environment of *target* applied. A stack on a real account needs nothing.
    """
    if not target.local:
        return
    here = state_location.is_here(target)
    exists = (
        local_integrity.check_state(paths, target.name)
        if here
        else _is_elsewhere(paths, target, engine)
    )
    if here and not exists and local_integrity.is_state_lost(paths, target.name):
        local_integrity.check_orphans(
            paths, int(local_control.ask(target, "GET", "/local/status")["holds"])
        )
    _say_what_is_lost(paths.effective(target.name))
    _write(paths, target)
    _project(paths)
    if not exists:
        arguments = ["stack", "init", target.name, "--no-select"]
        pulumi(engine, [*arguments, "--secrets-provider", "passphrase"], cwd=paths.stacks)
    _say_what_nobody_knows(paths, target)
    lacking = missing(paths, target, read_config(paths.effective(target.name)))
    _set_secrets(paths, target, engine, lacking)


def _is_elsewhere(paths: Paths, target: Target, engine: Path) -> bool:
    """Return whether *target* has a state where `CHITTYOS_LOCAL_STATE` leads."""
    asked = state_location.cloud(paths, target.name, engine)
    if asked:
        return asked.exists()
    store = state_location.find(paths)
    return store is not None and layout.find_state(store, target.name) is not None


def _set_secrets(paths: Paths, target: Target, engine: Path, values: Mapping[str, str]) -> None:
    """Encrypt *values* into the effective file; a single one, or in doubt all, by the engine."""
    file = paths.effective(target.name)
    document = _document(file) or {}
    seal = sealer(paths.passphrase, document.get(SALT)) if len(values) > 1 else None
    if seal is None:
        for key, value in values.items():
            set_secret(paths, target, engine, key, value)
        return
    sealed = {key: {"secure": seal(value)} for key, value in values.items()}
    document["config"] = {**document.get("config", {}), **sealed}
    write_private(file, _text(target, document))


def ensure_stack(paths: Paths, target: Target, engine: Path, provider: str | None = None) -> None:
    """Make the stack of *target* exist, so that its configuration can be encrypted for it.

    *provider* encrypts its secrets; default: a passphrase.
    """
    if target.local:
        prepare(paths, target, engine)
        return
    chosen = ["--secrets-provider", provider] if provider else []
    try:
        pulumi(engine, ["stack", "init", target.name, "--no-select", *chosen], cwd=paths.root)
    except OpsError as error:
        if "already exists" not in str(error):
            raise


def set_secret(paths: Paths, target: Target, engine: Path, key: str, value: str) -> None:
    """Encrypt *value* into the configuration of *target*; it passes by standard input only."""
    arguments = ["config", "set", "--secret", "--stack", target.name, key]
    pulumi(engine, arguments, cwd=paths.root, secret=value)


def is_set(paths: Paths, target: Target, key: str) -> bool:
    """Return whether *key* has a value in the configuration of *target*, readable here or not."""
    made = paths.effective(target.name)
    sealed = read_config(made) if target.local and made.exists() else {}
    return key in target.config or key in sealed


def read_secret(paths: Paths, target: Target, engine: Path, key: str) -> str | None:
    """Decrypt the value of *key*; `None` when it is not set."""
    path = paths.effective(target.name) if target.local else paths.tracked(target.name)
    if key not in read_config(path):
        return None
    arguments = ["config", "get", "--stack", target.name, key]
    return pulumi(engine, arguments, cwd=paths.root).rstrip("\n")


def _write(paths: Paths, target: Target) -> None:
    """Renew the effective file: the tracked values, and what is encrypted on this machine."""
    kept = _kept(paths, target)
    document: dict[str, Any] = {"config": {**target.config, **kept["config"]}}
    if kept[SALT]:
        document[SALT] = kept[SALT]
    write_private(paths.effective(target.name), _text(target, document))


def _text(target: Target, document: Mapping[str, Any]) -> str:
    return HEAD.format(stack=target.name) + yaml.safe_dump(document, sort_keys=False)


def _kept(paths: Paths, target: Target) -> dict[str, Any]:
    _refuse_foreign_secrets(target)
    document = _document(paths.effective(target.name)) or {}
    left_out = {each.name for each in SYSTEMS} - {each.name for each in systems_of(target)}
    sealed = _secure(document.get("config", {}))
    kept = {key: value for key, value in sealed.items() if key.partition(":")[0] not in left_out}
    return {"config": kept, SALT: document.get(SALT)}


def _document(path: Path) -> dict[str, Any] | None:
    """Read an effective file; `None` for one that is damaged, or whose secrets lost their salt."""
    try:
        document = deepcopy(_parsed(path.read_text())) if path.exists() else {}
        sealed = _secure(document.get("config", {}))
    except (OSError, ValueError, yaml.YAMLError, AttributeError):
        return None
    return None if sealed and not document.get(SALT) else document


@lru_cache(maxsize=4)
def _parsed(text: str) -> Any:
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


def _say_what_is_lost(path: Path) -> None:
    if _document(path) is None:
        console.errors.print(
            f"repaired: {path} was damaged and is made again; the tokens that were issued are gone"
        )


def _say_what_nobody_knows(paths: Paths, target: Target) -> None:
    """Say that the development token is gone, whose hash is all that is left of it."""
    kept = _secure(read_config(paths.effective(target.name)))
    holders = [each.name for each in systems_of(target) if f"{each.name}:API_TOKENS" in kept]
    if holders and not paths.development_token.exists():
        issue = f"python -m ops token issue {target.name} --system {holders[0]} --id again"
        console.errors.print(f"{paths.development_token} is gone; for another token: {issue}")


def _secure(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if is_secure(value)}


def _refuse_foreign_secrets(target: Target) -> None:
    for key, value in target.config.items():
        if is_secure(value):
            raise OpsError(
                f"Pulumi.{target.name}.yaml: {key}: is encrypted, but a local stack has a "
                "passphrase of its own on every machine; remove it there, then: "
                f"{set_secret_command(key, target.name)}"
            )


def is_secure(value: object) -> bool:
    """Whether a configuration value is encrypted."""
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _project(paths: Paths) -> None:
    """Let `stack init` write its salt beside the effective file, not into the tracked one."""
    (paths.stacks / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
