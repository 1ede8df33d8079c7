"""Where the values of a stack come from: the engine, or its file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.reading.document import read_document
from config.reading.problems import ConfigError, Problem, unknown

SEALED = "[sealed]"
"""Stands where a file holds the ciphertext of a secret."""

STACK_NAME = r"[a-z0-9][a-z0-9-]{0,40}"
"""What a stack may be called."""

ENGINE_KEYS = ("encryptionsalt", "encryptedkey", "secretsprovider")
"""What Pulumi itself writes beside the configuration."""


@dataclass(frozen=True)
class Source:
    """Configuration values by their full key (`chittyos:account`)."""

    file: str
    """Name of the file that messages point to."""
    values: Mapping[str, Any]
    """Text, as the engine hands it over (objects as JSON), or plain YAML values."""
    secret_keys: frozenset[str] = frozenset()
    """Keys whose values never stand in a message."""
    sealed: bool = False
    """Whether the secrets are still encrypted: they exist, and cannot be checked."""


def file_name(stack: str) -> str:
    """Name the configuration file of *stack*."""
    return f"Pulumi.{stack}.yaml"


def stack_of(path: Path) -> str:
    """Name the stack whose configuration the file *path* is called for; "" for another file."""
    found = re.fullmatch(rf"Pulumi\.({STACK_NAME})\.yaml", path.name)
    return found[1] if found else ""


def from_engine(stack: str) -> Source:
    """Read what the engine handed to the running program, secrets decrypted."""
    from pulumi.runtime import config as engine  # noqa: PLC0415 - only a program needs the SDK

    values = dict(engine.CONFIG.get())
    secret = frozenset(key for key in values if engine.is_config_secret(key))
    return Source(file_name(stack), values, secret)


def from_file(path: Path) -> Source:
    """Read a configuration file without decrypting it; its secrets are `SEALED`."""
    values = read_values(path)
    sealed = frozenset(key for key, value in values.items() if _is_sealed(value))
    plain = {key: SEALED if key in sealed else value for key, value in values.items()}
    return Source(path.name, plain, sealed, sealed=True)


def read_values(path: Path) -> dict[str, Any]:
    """Read the block `config:` of a configuration file as it is written; without one, nothing.

    Raises `ConfigError` for what cannot be read and for what stands beside the block.
    """
    document = _mapping(read_document(path, path.name), path.name)
    known = ("config", *ENGINE_KEYS)
    problems = [Problem(path.name, key, unknown(key, known)) for key in document.keys() - {*known}]
    if problems:
        raise ConfigError(sorted(problems, key=str))
    return _mapping(document.get("config", {}), path.name)


def _mapping(content: Any, file: str) -> dict[str, Any]:
    content = {} if content is None else content
    if not isinstance(content, dict):
        text = "is not a list of keys and values; write `key: value`, indented, a line each"
        raise ConfigError([Problem(file, "config", text)])
    return content


def _is_sealed(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}
