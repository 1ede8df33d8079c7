"""The secrets of a stack in the clear, for what a command has to send: decrypted once, never shown.

The engine derives the key of a passphrase anew in each call, which takes half a second: so a value
is taken from the program where it has run in this process, and else all are decrypted in one call.
"""

import json
import os
from collections.abc import Callable, Mapping
from functools import cache

from pydantic import SecretStr

from config import PlatformConfig
from config.reading import references
from config.reading.document import read_document
from ops.engine.process import pulumi
from ops.errors import OpsError
from ops.stack.session import Session
from ops.state_store.address import current
from planning.refusals import RefusedError

PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
CLOUD, PASSPHRASE = "default", "passphrase"
"""Providers that a file may name as it may name none: Pulumi Cloud, and a passphrase."""

SALT = "encryptionsalt"
"""What the file of a stack has whose secrets a passphrase decrypts, wherever its state is."""

SEALED = f"is encrypted, and {PASSPHRASES[0]} is not set"
"""Says why something of a stack is not looked at."""


def can_open(session: Session) -> bool:
    """Return whether this process was given what decrypts the secrets of the stack.

    That is a passphrase that is not empty, unless its file names another provider or Pulumi Cloud
    keeps the key. A wrong one was given as well: what it does not open is an error then.
    """
    target = session.target
    if target.local or any(map(os.environ.get, PASSPHRASES)):
        return True
    file = session.paths.tracked(target.name)
    found = read_document(file, file.name) if file.exists() else {}
    provider = found.get("secretsprovider") or CLOUD
    if provider not in {CLOUD, PASSPHRASE}:
        return True
    kept = current(session.paths.root)
    is_kept = kept is not None and kept.is_cloud
    return is_kept and provider == CLOUD and not found.get(SALT)


def secrets_of(session: Session) -> Callable[[str], str | None]:
    """Return a function that reads a secret of the stack by its key, `system:NAME`.

    It returns `None` for one that is not set, or that cannot be read from here.
    """
    config = session.configuration
    if config is not None:
        return lambda key: _configured(config, key)
    decrypted = cache(lambda: _decrypted(session))
    return lambda key: _resolved(decrypted().get(key))


def _configured(config: PlatformConfig, key: str) -> str | None:
    """Take a secret of what the program was run by, where references are followed already."""
    system, _, name = key.partition(":")
    block = config.blocks.get(system)
    value = getattr(block.secrets, name, None) if block else None
    return value.get_secret_value() if isinstance(value, SecretStr) else None


def _decrypted(session: Session) -> Mapping[str, str]:
    """Decrypt the configuration; nothing where that cannot be done from here."""
    command = ["config", "--show-secrets", "--json", "--stack", session.target.name]
    try:
        text = pulumi(session.tools.engine.path, command, cwd=session.paths.root)
    except OpsError:
        return {}
    listed = {key: each.get("value") for key, each in json.loads(text).items()}
    return {key: value for key, value in listed.items() if isinstance(value, str)}


def _resolved(value: str | None) -> str | None:
    try:
        return references.resolve(value) if value and references.is_reference(value) else value
    except RefusedError:
        return None
