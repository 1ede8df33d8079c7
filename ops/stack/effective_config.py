"""The effective configuration of a local stack: the tracked file, and secrets of this machine.

The engine writes encrypted values and a salt into the file it is given. So that the tracked file
stays as it is, a local stack is run from a copy under `.local/stacks`.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from common.files import write_private
from config import Source, file_name, load
from config.reading.source import SEALED
from ops.engine.process import pulumi
from ops.errors import OpsError
from ops.paths import PROJECT, Paths
from ops.stack import integrity
from ops.stack.target import Target, read_config
from ops.stack.tokens import new_token
from ops.terminal import console
from systems.registry import SYSTEMS

HEAD = "# Made by `python -m ops`; edit the tracked Pulumi.{stack}.yaml instead.\n"
SALT = "encryptionsalt"
API_TOKENS = "chittyconnect:API_TOKENS"
R2_KEYS = {
    "chittyconnect:R2_ACCESS_KEY_ID": "access_key_id",
    "chittyconnect:R2_SECRET_ACCESS_KEY": "secret_access_key",
}


def check(paths: Paths, target: Target) -> None:
    """Check the configuration of *target* as a whole, before the engine is asked anything.

    Raises `ConfigError` with every problem. Encrypted values are checked by the program itself.
    """
    sealed = {key for key, value in target.config.items() if is_secure(value)}
    if target.local:
        made = {API_TOKENS, *R2_KEYS, *_kept(paths, target)["config"]}
        sealed |= made - target.config.keys()
    values = {**target.config, **dict.fromkeys(sealed, SEALED)}
    load(
        target.name, SYSTEMS, Source(file_name(target.name), values, frozenset(sealed), sealed=True)
    )


def prepare(paths: Paths, target: Target, engine: Path) -> None:
    """Make the effective file of a local *target*, its stack and its secrets; all once.

    Run it with the environment of *target* applied. A stack on a real account needs nothing.
    """
    if not target.local:
        return
    exists = integrity.check_state(paths, target.name)
    _say_what_is_lost(paths.effective(target.name))
    _write(paths, target)
    _project(paths)
    if not exists:
        arguments = ["stack", "init", target.name, "--no-select"]
        pulumi(engine, [*arguments, "--secrets-provider", "passphrase"], cwd=paths.stacks)
    for key, value in _missing_secrets(paths, target).items():
        set_secret(paths, target, engine, key, value)


def ensure_stack(paths: Paths, target: Target, engine: Path) -> None:
    """Make the stack of *target* exist, so that its configuration can be encrypted for it."""
    if target.local:
        prepare(paths, target, engine)
        return
    try:
        pulumi(engine, ["stack", "init", target.name, "--no-select"], cwd=paths.root)
    except OpsError as error:
        if "already exists" not in str(error):
            raise


def set_secret(paths: Paths, target: Target, engine: Path, key: str, value: str) -> None:
    """Encrypt *value* into the configuration of *target*; it passes by standard input only."""
    arguments = ["config", "set", "--secret", "--stack", target.name, key]
    pulumi(engine, arguments, cwd=paths.root, secret=value)


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
    text = HEAD.format(stack=target.name) + yaml.safe_dump(document, sort_keys=False)
    write_private(paths.effective(target.name), text)


def _kept(paths: Paths, target: Target) -> dict[str, Any]:
    _refuse_foreign_secrets(target)
    document = _document(paths.effective(target.name)) or {}
    return {"config": _secure(document.get("config", {})), SALT: document.get(SALT)}


def _document(path: Path) -> dict[str, Any] | None:
    """Read an effective file; `None` for one that is damaged, or whose secrets lost their salt."""
    try:
        document = yaml.safe_load(path.read_text()) if path.exists() else {}
        sealed = _secure(document.get("config", {}))
    except (OSError, ValueError, yaml.YAMLError, AttributeError):
        return None
    return None if sealed and not document.get(SALT) else document


def _say_what_is_lost(path: Path) -> None:
    if _document(path) is None:
        console.errors.print(
            f"repaired: {path} was damaged and is made again; the tokens that were issued are gone"
        )


def _secure(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if is_secure(value)}


def _refuse_foreign_secrets(target: Target) -> None:
    for key, value in target.config.items():
        if is_secure(value):
            raise OpsError(
                f"Pulumi.{target.name}.yaml: {key}: is encrypted, but a local stack has a "
                "passphrase of its own on every machine; remove it and set it with "
                f"`python -m ops env {target.name}` and `pulumi config set --secret {key}`"
            )


def is_secure(value: object) -> bool:
    """Whether a configuration value is encrypted."""
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _project(paths: Paths) -> None:
    """Let `stack init` write its salt beside the effective file, not into the tracked one."""
    (paths.stacks / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")


def _missing_secrets(paths: Paths, target: Target) -> dict[str, str]:
    """Return the generated secrets that the effective file lacks, or that are no longer so."""
    config = read_config(paths.effective(target.name))
    missing = _r2_keys(paths, target, config)
    if API_TOKENS not in config:
        missing[API_TOKENS] = json.dumps([_development_token(paths)])
    return missing


def _r2_keys(paths: Paths, target: Target, config: Mapping[str, Any]) -> dict[str, str]:
    """Return the S3 keys of the local Cloudflare when they are not the configured ones."""
    try:
        text = (paths.cloudflare / "r2-credentials.json").read_text()
        pair = json.loads(text)
        values = {key: str(pair[name]) for key, name in R2_KEYS.items()}
    except (OSError, ValueError, KeyError, TypeError):
        raise OpsError("the local Cloudflare has issued no S3 keys; run make start") from None
    mark = paths.stacks / f"{target.name}.r2"
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    if values.keys() <= config.keys() and mark.exists() and mark.read_text() == fingerprint:
        return {}
    write_private(mark, fingerprint)
    return values


def _development_token(paths: Paths) -> dict[str, Any]:
    """Make the token that development begins with; its value stays in `.local`."""
    secret, entry = new_token("development", now=datetime.now(UTC))
    write_private(paths.development_token, secret + "\n")
    return entry
