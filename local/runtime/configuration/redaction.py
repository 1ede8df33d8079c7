"""Secrets of the account, taken out of what is kept or shown."""

import json
from typing import Any, TypeVar, cast
from urllib.parse import quote

from local.records.model import Cloud

Value = TypeVar("Value")

SECRET = "secret_text"  # noqa: S105  # the type of a binding
SHORTEST = 4
"""Characters a secret must have to be looked for: shorter ones stand in half of all words."""


def without_secrets(value: Value, cloud: Cloud, mark: str = "[secret]") -> Value:
    """Put *mark* for the secrets of *cloud* in every text of *value*, a text or any JSON."""
    if cloud is not _Latest.cloud:
        _Latest.cloud, _Latest.secrets = cloud, _secrets_of(cloud)
    return cast("Value", _redacted(value, _Latest.secrets, mark))


class _Latest:
    """The secrets of the cloud that was asked for last: it stays the same for many lines."""

    cloud: Cloud | None = None
    secrets: tuple[str, ...] = ()


def _secrets_of(cloud: Cloud) -> tuple[str, ...]:
    """List the secrets of all workers, long ones first: one may be the beginning of another."""
    found = {
        form
        for worker in cloud.workers
        for binding in worker.bindings
        if binding["type"] == SECRET and len(binding.get("text") or "") >= SHORTEST
        for form in _forms(binding["text"])
    }
    return tuple(sorted(found, key=len, reverse=True))


def _forms(secret: str) -> tuple[str, ...]:
    """Write *secret* as it is, as JSON has it, as a console shows it within an object, in a URL."""
    escaped = json.dumps(secret, ensure_ascii=False)[1:-1]
    return secret, escaped, escaped.replace(r"\"", '"'), quote(secret, safe="", errors="replace")


def _redacted(value: Any, secrets: tuple[str, ...], mark: str) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, mark)
        return value
    if isinstance(value, list):
        return [_redacted(item, secrets, mark) for item in value]
    if isinstance(value, dict):
        return {name: _redacted(item, secrets, mark) for name, item in value.items()}
    return value
