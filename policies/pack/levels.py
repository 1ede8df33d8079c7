"""Level files: every rule's level and settings in one environment, as the engine takes them.

A level file is generated: from what the rules state, and from `settings/<environment>.json`,
which holds what the project decided (declared public buckets, waivers …) and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policies.pack.enforcement import LevelsError, configured_enforcement, default_settings
from policies.pack.rule import ENVIRONMENTS, Level, Registry, Rule

LEVEL = "enforcementLevel"


def level_file(registry: Registry, environment: str, decided: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a level file; *decided* is the content of the settings file.

    Raises LevelsError where *decided* names a rule or a setting that does not exist.
    """
    content = {rule.id: _entry(rule, environment, decided.get(rule.id, {})) for rule in registry}
    configured = {key: _split(value) for key, value in {**decided, **content}.items()}
    configured_enforcement(registry, configured)
    return dict(sorted(content.items()))


def _entry(rule: Rule, environment: str, decided: Mapping[str, Any]) -> dict[str, Any]:
    if LEVEL in decided:
        raise LevelsError(f"the level of {rule.id} belongs to the rule itself, not to the settings")
    settings = {**default_settings(rule, environment), **decided}
    return {LEVEL: rule.level(environment).value, **settings}


def _split(entry: Mapping[str, Any]) -> tuple[Level, dict[str, Any]]:
    settings = dict(entry)
    return Level(settings.pop(LEVEL, Level.ADVISORY)), settings


def read_levels(path: Path) -> dict[str, tuple[Level, dict[str, Any]]]:
    """Read a level file as the engine hands it over, which knows no whole numbers."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_int=float)
        return {rule_id: _split(entry) for rule_id, entry in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        raise LevelsError(f"{path} is no level file; write it by: make docs") from None


def render(content: Mapping[str, Any]) -> str:
    """Write a level file as text."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def read_decided(folder: Path, environment: str) -> dict[str, Any]:
    """Read `settings/<environment>.json` below the pack's *folder*."""
    path = folder / "settings" / f"{environment}.json"
    try:
        content = json.loads(path.read_text())
    except ValueError as error:
        raise LevelsError(f"{path} is not JSON: {error}") from None
    if not isinstance(content, dict) or not all(
        isinstance(each, dict) for each in content.values()
    ):
        raise LevelsError(f"{path} must be an object of rule id to settings")
    return content


def files(registry: Registry, folder: Path) -> dict[Path, str]:
    """Return the path and the content of every level file of the pack in *folder*."""
    return {
        folder / "levels" / f"{environment}.json": render(
            level_file(registry, environment, read_decided(folder, environment))
        )
        for environment in ENVIRONMENTS
    }
