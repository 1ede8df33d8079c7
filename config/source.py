"""Where the values of a stack come from: the engine, or its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from config.problems import ConfigError, Problem

SEALED = "[sealed]"
"""Stands where a file holds the ciphertext of a secret."""


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


def from_engine(stack: str) -> Source:
    """Read what the engine handed to the running program, secrets decrypted."""
    from pulumi.runtime import config as engine  # noqa: PLC0415 - only a program needs the SDK

    values = dict(engine.CONFIG.get())
    secret = frozenset(key for key in values if engine.is_config_secret(key))
    return Source(file_name(stack), values, secret)


def from_file(path: Path) -> Source:
    """Read a configuration file without decrypting it; its secrets are `SEALED`."""
    values = _read(path).get("config", {})
    if not isinstance(values, dict):
        raise ConfigError([Problem(path.name, "config", "is not a list of keys and values")])
    sealed = frozenset(key for key, value in values.items() if _is_sealed(value))
    plain = {str(key): SEALED if key in sealed else value for key, value in values.items()}
    return Source(path.name, plain, sealed, sealed=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise ConfigError([Problem(path.name, "config", "the file does not exist")]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else "config"
        raise ConfigError([Problem(path.name, line, "is not YAML; correct it")]) from None
    if not isinstance(document, dict):
        raise ConfigError([Problem(path.name, "config", "is not a list of keys and values")])
    return document


def _is_sealed(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}
