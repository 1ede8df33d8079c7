"""Labels: a list of pairs in a program, a mapping in the engine."""

from typing import Any


def as_mapping(labels: list[dict[str, Any]] | None) -> dict[str, str] | None:
    """Return *labels* as the engine takes them; `None` for none."""
    return {each["label"]: each["value"] for each in labels} if labels else None


def as_pairs(labels: dict[str, str] | None) -> list[dict[str, str]]:
    """Return *labels* of the engine as the SDK has them, in the order of their names."""
    return [{"label": name, "value": value} for name, value in sorted((labels or {}).items())]
