"""JSON schemas that several rules' settings share."""

from typing import Any

from policies.pack.rule import Setting

NUMBER = {"type": "number"}
FLAG = {"type": "boolean"}
TEXTS = {"type": "array", "items": {"type": "string"}}


def texts(meaning: str, *default: str) -> Setting:
    """Describe a list of strings."""
    return Setting(TEXTS, list(default), meaning)


def number(meaning: str, default: float, **by_environment: float) -> Setting:
    """Describe a number."""
    return Setting(NUMBER, default, meaning, by_environment)


def flag(meaning: str, default: bool, **by_environment: bool) -> Setting:
    """Describe a switch."""
    return Setting(FLAG, default, meaning, by_environment)


def approvals(meaning: str, *keys: str) -> Setting:
    """Describe a list of approvals: objects with *keys*, a reason and a day of expiry."""
    required = [*keys, "reason", "expires"]
    item: dict[str, Any] = {
        "type": "object",
        "properties": {key: {"type": "string"} for key in required},
        "required": required,
        "additionalProperties": False,
    }
    return Setting({"type": "array", "items": item}, [], meaning)
