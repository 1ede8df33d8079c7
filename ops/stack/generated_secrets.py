"""Secrets of a local stack that nobody sets: made on this machine, where a system asks for it."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from common.files import write_private
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import api_tokens
from ops.stack.systems import systems_of
from ops.stack.target import Target
from systems.system import AnySystem, Generated

DEVELOPMENT = "development"
"""Id of the token that every system of a local stack begins with."""

S3_FIELDS = {
    Generated.S3_KEY_ID: "access_key_id",
    Generated.S3_KEY_SECRET: "secret_access_key",
}

MADE: Mapping[Generated, Callable[[], str]] = {
    Generated.RANDOM: lambda: secrets.token_urlsafe(32),
    Generated.OWN: lambda: secrets.token_urlsafe(32),
    Generated.PAGERDUTY_KEY: lambda: secrets.token_hex(16),
    Generated.SLACK_WEBHOOK: lambda: f"https://hooks.slack.com/services/{_place()}",
}
"""What has to be of a form, and is of no other use than that."""


def generated_keys(target: Target) -> set[str]:
    """Return the keys of *target* whose values are made here."""
    return {key for key, _, _ in _declared(target)}


def missing(paths: Paths, target: Target, config: Mapping[str, Any]) -> dict[str, str]:
    """Return the generated secrets that *config* lacks, or that are no longer so, by their key.

    *config* is what the effective file of *target* has. Raises `OpsError` when the local
    Cloudflare has issued no S3 keys and a system needs them.
    """
    made = _s3_keys(paths, target, config)
    for key, system, kind in _declared(target):
        if key not in config and kind is Generated.API_TOKENS:
            made[key] = json.dumps([_development_entry(paths, system)])
        elif kind is Generated.API_TOKEN:
            made |= _own_token(paths, target, key, config)
        elif kind is Generated.CONNECT_TOKEN:
            made |= _connect_token(paths, target, key, config)
        elif key not in config and kind in MADE:
            made[key] = MADE[kind]()
    return made


def _declared(target: Target) -> Iterator[tuple[str, AnySystem, Generated]]:
    for system in systems_of(target):
        for name, kind in system.generated.items():
            yield f"{system.name}:{name}", system, kind


def _s3_keys(paths: Paths, target: Target, config: Mapping[str, Any]) -> dict[str, str]:
    """Return the S3 keys of the local Cloudflare when they are not the configured ones."""
    wanted = {key: S3_FIELDS[kind] for key, _, kind in _declared(target) if kind in S3_FIELDS}
    if not wanted:
        return {}
    try:
        text = (paths.cloudflare / "r2-credentials.json").read_text()
        pair = json.loads(text)
        values = {key: str(pair[name]) for key, name in wanted.items()}
    except (OSError, ValueError, KeyError, TypeError):
        raise OpsError("the local Cloudflare has issued no S3 keys; run make start") from None
    mark = paths.stacks / f"{target.name}.r2"
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    if values.keys() <= config.keys() and mark.exists() and mark.read_text() == fingerprint:
        return {}
    write_private(mark, fingerprint)
    return values


def _own_token(paths: Paths, target: Target, key: str, config: Mapping[str, Any]) -> dict[str, str]:
    """Return the token of the local Cloudflare where *key* has none, or that of another one."""
    try:
        value = (paths.cloudflare / "token").read_text().strip()
    except OSError:
        raise OpsError("the local Cloudflare has no token; run make start") from None
    mark = paths.stacks / f"{target.name}.token"
    fingerprint = hashlib.sha256(value.encode()).hexdigest()
    if key in config and mark.exists() and mark.read_text() == fingerprint:
        return {}
    write_private(mark, fingerprint)
    return {key: value}


def _connect_token(
    paths: Paths, target: Target, key: str, config: Mapping[str, Any]
) -> dict[str, str]:
    """Return the token of the look-alike of 1Password Connect, unless it is there already.

    One that somebody has set, for a server of their own, stays.
    """
    name = key.partition(":")[0]
    try:
        value = (paths.connect_tokens / name).read_text()
    except OSError:
        raise OpsError(
            f"the local Cloudflare has issued no 1Password Connect token {name}; run make start"
        ) from None
    mark = paths.stacks / f"{target.name}.{name}.connect"
    fingerprint = hashlib.sha256(value.encode()).hexdigest()
    if key in config and (not mark.exists() or mark.read_text() == fingerprint):
        return {}
    write_private(mark, fingerprint)
    return {key: value}


def _place() -> str:
    """Make what follows in an address of Slack: its workspace, its application, its secret."""
    return f"T{secrets.token_hex(4)}/B{secrets.token_hex(4)}/{secrets.token_hex(12)}".upper()


def _development_entry(paths: Paths, system: AnySystem) -> api_tokens.Entry:
    """Return what *system* keeps of the one development token, which stays in `.local`."""
    kept = paths.development_token
    if not kept.exists():
        write_private(kept, api_tokens.new_value() + "\n")
    value = kept.read_text().strip()
    return api_tokens.entry_of(value, DEVELOPMENT, system.scopes, system.scopes)
