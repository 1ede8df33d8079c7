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

from config import Source, file_name, load
from config.source import SEALED
from ops import damage, private, show
from ops.engine import pulumi
from ops.errors import OpsError
from ops.layout import PROJECT, Layout
from ops.target import Target, read_config
from ops.tokens import new_token

HEAD = "# Made by `python -m ops`; edit the tracked Pulumi.{stack}.yaml instead.\n"
SALT = "encryptionsalt"
API_TOKENS = "chittyconnect:API_TOKENS"
R2_KEYS = {
    "chittyconnect:R2_ACCESS_KEY_ID": "access_key_id",
    "chittyconnect:R2_SECRET_ACCESS_KEY": "secret_access_key",
}


def check(layout: Layout, target: Target) -> None:
    """Check the configuration of *target* as a whole, before the engine is asked anything.

    Raises `ConfigError` with every problem. Encrypted values are checked by the program itself.
    """
    sealed = {key for key, value in target.config.items() if is_secure(value)}
    if target.local:
        made = {API_TOKENS, *R2_KEYS, *_kept(layout, target)["config"]}
        sealed |= made - target.config.keys()
    values = {**target.config, **dict.fromkeys(sealed, SEALED)}
    load(target.name, Source(file_name(target.name), values, frozenset(sealed), sealed=True))


def prepare(layout: Layout, target: Target, engine: Path) -> None:
    """Make the effective file of a local *target*, its stack and its secrets; all once.

    Run it with the environment of *target* applied. A stack on a real account needs nothing.
    """
    if not target.local:
        return
    exists = damage.check_state(layout, target.name)
    _say_what_is_lost(layout.effective(target.name))
    _write(layout, target)
    _project(layout)
    if not exists:
        arguments = ["stack", "init", target.name, "--no-select"]
        pulumi(engine, [*arguments, "--secrets-provider", "passphrase"], cwd=layout.stacks)
    for key, value in _missing_secrets(layout, target).items():
        set_secret(layout, target, engine, key, value)


def ensure_stack(layout: Layout, target: Target, engine: Path) -> None:
    """Make the stack of *target* exist, so that its configuration can be encrypted for it."""
    if target.local:
        prepare(layout, target, engine)
        return
    try:
        pulumi(engine, ["stack", "init", target.name, "--no-select"], cwd=layout.root)
    except OpsError as error:
        if "already exists" not in str(error):
            raise


def set_secret(layout: Layout, target: Target, engine: Path, key: str, value: str) -> None:
    """Encrypt *value* into the configuration of *target*; it passes by standard input only."""
    arguments = ["config", "set", "--secret", "--stack", target.name, key]
    pulumi(engine, arguments, cwd=layout.root, secret=value)


def read_secret(layout: Layout, target: Target, engine: Path, key: str) -> str | None:
    """Decrypt the value of *key*; `None` when it is not set."""
    path = layout.effective(target.name) if target.local else layout.tracked(target.name)
    if key not in read_config(path):
        return None
    arguments = ["config", "get", "--stack", target.name, key]
    return pulumi(engine, arguments, cwd=layout.root).rstrip("\n")


def _write(layout: Layout, target: Target) -> None:
    """Renew the effective file: the tracked values, and what is encrypted on this machine."""
    kept = _kept(layout, target)
    document: dict[str, Any] = {"config": {**target.config, **kept["config"]}}
    if kept[SALT]:
        document[SALT] = kept[SALT]
    text = HEAD.format(stack=target.name) + yaml.safe_dump(document, sort_keys=False)
    private.write(layout.effective(target.name), text)


def _kept(layout: Layout, target: Target) -> dict[str, Any]:
    _refuse_foreign_secrets(target)
    document = _document(layout.effective(target.name)) or {}
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
        show.errors.print(
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


def _project(layout: Layout) -> None:
    """Let `stack init` write its salt beside the effective file, not into the tracked one."""
    (layout.stacks / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")


def _missing_secrets(layout: Layout, target: Target) -> dict[str, str]:
    """Answer the generated secrets that the effective file lacks, or that are no longer so."""
    config = read_config(layout.effective(target.name))
    missing = _r2_keys(layout, target, config)
    if API_TOKENS not in config:
        missing[API_TOKENS] = json.dumps([_development_token(layout)])
    return missing


def _r2_keys(layout: Layout, target: Target, config: Mapping[str, Any]) -> dict[str, str]:
    """Answer the S3 keys of the local Cloudflare when they are not the configured ones."""
    try:
        text = (layout.cloudflare / "r2-credentials.json").read_text()
        pair = json.loads(text)
        values = {key: str(pair[name]) for key, name in R2_KEYS.items()}
    except (OSError, ValueError, KeyError, TypeError):
        raise OpsError("the local Cloudflare has issued no S3 keys; run make start") from None
    mark = layout.stacks / f"{target.name}.r2"
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    if values.keys() <= config.keys() and mark.exists() and mark.read_text() == fingerprint:
        return {}
    private.write(mark, fingerprint)
    return values


def _development_token(layout: Layout) -> dict[str, Any]:
    """Make the token that development begins with; its value stays in `.local`."""
    secret, entry = new_token("development", now=datetime.now(UTC))
    private.write(layout.development_token, secret + "\n")
    return entry
