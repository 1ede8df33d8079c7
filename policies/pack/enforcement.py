"""Which rules run, at which level, with which settings: defaults, and what a level file changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies.pack.rule import Level, Registry, Rule

DEFAULT_ENVIRONMENT = "production"
"""Whose levels are in force without a level file: the strictest."""

RESERVED = frozenset({"all"})
"""Keys of a level file that name no rule."""


class LevelsError(Exception):
    """A level file that does not fit the rules."""


@dataclass(frozen=True)
class EnforcedRule:
    """One rule as this run applies it."""

    rule: Rule
    level: Level
    settings: Mapping[str, Any]


class Enforcement:
    """The rules of one run, found by the type of a resource."""

    def __init__(self, enforced: Iterable[EnforcedRule]) -> None:
        self._enforced = {entry.rule.id: entry for entry in enforced}
        self._active = [e for e in self._enforced.values() if e.level is not Level.DISABLED]
        self._by_type: dict[str, list[EnforcedRule]] = {}
        self.graph = [entry for entry in self._active if entry.rule.types is None]

    def __getitem__(self, rule_id: str) -> EnforcedRule:
        return self._enforced[rule_id]

    def __contains__(self, rule_id: object) -> bool:
        return rule_id in self._enforced

    def __iter__(self) -> Iterator[EnforcedRule]:
        return iter(self._enforced.values())

    def for_type(self, token: str) -> list[EnforcedRule]:
        """Return the active rules for resources of this type."""
        if token not in self._by_type:
            self._by_type[token] = [entry for entry in self._active if _applies(entry.rule, token)]
        return self._by_type[token]


def _applies(rule: Rule, token: str) -> bool:
    return rule.types is not None and (not rule.types or token in rule.types)


def default_enforcement(registry: Registry, environment: str = DEFAULT_ENVIRONMENT) -> Enforcement:
    """Return the rules of an environment as the rules themselves state it."""
    return Enforcement(
        EnforcedRule(rule, rule.level(environment), default_settings(rule, environment))
        for rule in registry
    )


def default_settings(rule: Rule, environment: str) -> dict[str, Any]:
    """Return the settings of a rule as it states them for an environment."""
    return {name: setting.default_in(environment) for name, setting in rule.settings.items()}


def configured_enforcement(
    registry: Registry, configured: Mapping[str, tuple[Level, Mapping[str, Any]]]
) -> Enforcement:
    """Return the rules as a level file asks for them; an unknown id or property is an error."""
    for rule_id, (_, settings) in configured.items():
        _check_known(registry, rule_id, settings)
    return Enforcement(_enforced(rule, configured.get(rule.id)) for rule in registry)


def _enforced(rule: Rule, given: tuple[Level, Mapping[str, Any]] | None) -> EnforcedRule:
    level, settings = given or (rule.level(DEFAULT_ENVIRONMENT), {})
    return EnforcedRule(rule, level, {**default_settings(rule, DEFAULT_ENVIRONMENT), **settings})


def _check_known(registry: Registry, rule_id: str, settings: Mapping[str, Any]) -> None:
    if rule_id in RESERVED:
        return
    if rule_id not in registry:
        raise LevelsError(
            f"the level file names the rule {rule_id!r}, which the pack does not have; "
            f"the rules are listed in docs/policy-reference.md"
        )
    known = registry[rule_id].settings
    for name in settings:
        if name not in known:
            allowed = ", ".join(sorted(known)) or "none"
            raise LevelsError(
                f"the level file sets {name!r} of the rule {rule_id!r}, which has no such setting; "
                f"its settings: {allowed}"
            )
