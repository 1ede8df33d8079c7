"""What a level file may set of a rule: JSON schemas with a default and a meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

NUMBER = {"type": "number"}
FLAG = {"type": "boolean"}
TEXTS = {"type": "array", "items": {"type": "string"}}


@dataclass(frozen=True)
class Setting:
    """A property of a rule's configuration: its JSON schema, its default, what it means."""

    schema: dict[str, Any]
    default: Any
    meaning: str
    by_environment: dict[str, Any] = field(default_factory=dict)
    """Defaults that differ in an environment."""

    def default_in(self, environment: str) -> Any:
        return self.by_environment.get(environment, self.default)


def texts(meaning: str, *default: str) -> Setting:
    """Describe a list of strings."""
    return Setting(TEXTS, list(default), meaning)


def number(meaning: str, default: float, **by_environment: float) -> Setting:
    """Describe a number."""
    return Setting(NUMBER, default, meaning, by_environment)


def flag(meaning: str, default: bool, **by_environment: bool) -> Setting:
    """Describe a switch."""
    return Setting(FLAG, default, meaning, by_environment)


def approvals(meaning: str, *keys: str, optional: Sequence[str] = ()) -> Setting:
    """Describe a list of approvals: objects with *keys*, a reason and a day of expiry.

    *optional*: keys that they may have as well; default: none.
    """
    required = [*keys, "reason", "expires"]
    item: dict[str, Any] = {
        "type": "object",
        "properties": {key: {"type": "string"} for key in (*required, *optional)},
        "required": required,
        "additionalProperties": False,
    }
    return Setting({"type": "array", "items": item}, [], meaning)
