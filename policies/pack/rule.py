"""A rule: one sentence about one subject, with everything that is known about it beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Required, TypedDict, Unpack

from policies.pack.finding import Findings
from policies.pack.schema import Setting

Check = Callable[..., Findings]
Settings = Mapping[str, Any]

ENVIRONMENTS = ("development", "staging", "production")


class Level(StrEnum):
    """What a violation does: nothing, warn, or stop."""

    DISABLED = "disabled"
    ADVISORY = "advisory"
    MANDATORY = "mandatory"


STRICTNESS = (Level.DISABLED, Level.ADVISORY, Level.MANDATORY)


class Severity(StrEnum):
    """How much harm a violation may do."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Levels(NamedTuple):
    """A rule's level by environment."""

    development: Level
    staging: Level
    production: Level


ALWAYS = Levels(Level.MANDATORY, Level.MANDATORY, Level.MANDATORY)
DEPLOYED = Levels(Level.ADVISORY, Level.MANDATORY, Level.MANDATORY)
PRODUCTION = Levels(Level.ADVISORY, Level.ADVISORY, Level.MANDATORY)
ADVICE = Levels(Level.ADVISORY, Level.ADVISORY, Level.ADVISORY)
DATA_KEPT = Levels(Level.DISABLED, Level.MANDATORY, Level.MANDATORY)
PRODUCTION_ADVICE = Levels(Level.DISABLED, Level.DISABLED, Level.ADVISORY)


class About(TypedDict, total=False):
    """What is known about a rule beside its check."""

    severity: Required[Severity]
    levels: Required[Levels]
    remedy: Required[str]
    """What to do, as one sentence."""
    frameworks: tuple[str, ...]
    """Where the rule comes from: `CIS Docker 5.4`. Default: it is ours."""
    url: str
    """A document that explains the subject."""
    settings: dict[str, Setting]
    """What a level file may set, by name. Default: nothing."""


@dataclass(frozen=True)
class Rule:
    """One rule. *types* is empty for a rule over every type, None for one over the whole stack."""

    id: str
    sentence: str
    types: frozenset[str] | None
    check: Check
    subject: str
    severity: Severity
    levels: Levels
    remedy: str
    frameworks: tuple[str, ...] = ()
    url: str = ""
    settings: dict[str, Setting] = field(default_factory=dict)

    def level(self, environment: str) -> Level:
        level: Level = getattr(self.levels, environment)
        return level

    def run(self, subject: Any, settings: Settings) -> Findings:
        """Check a resource or a stack; the check sees the settings where it has some."""
        return self.check(subject, settings) if self.settings else self.check(subject)


class Registry:
    """The rules of the pack, each id once."""

    def __init__(self) -> None:
        self._rules: dict[str, Rule] = {}

    def rule(
        self, rule_id: str, *, on: str | Iterable[str], **about: Unpack[About]
    ) -> Callable[[Check], Check]:
        """Make a rule of a check that reads one resource; its docstring is the rule's sentence.

        *on*: the types it checks; `()` for every type. The check yields findings.
        """
        types = frozenset({on} if isinstance(on, str) else on)
        return lambda check: self._add(rule_id, types, check, about)

    def graph_rule(self, rule_id: str, **about: Unpack[About]) -> Callable[[Check], Check]:
        """Make a rule of a check that reads the whole stack."""
        return lambda check: self._add(rule_id, None, check, about)

    def _add(self, rule_id: str, types: frozenset[str] | None, check: Check, about: About) -> Check:
        if rule_id in self._rules or rule_id == "all":
            raise ValueError(f"rule id {rule_id!r} is taken; choose another")
        if not check.__doc__:
            raise ValueError(f"rule {rule_id!r} has no docstring; say in one sentence why")
        subject = check.__module__.rsplit(".", 1)[-1]
        sentence = " ".join(check.__doc__.split())
        self._rules[rule_id] = Rule(rule_id, sentence, types, check, subject, **about)
        return check

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    def __contains__(self, rule_id: object) -> bool:
        return rule_id in self._rules

    def __getitem__(self, rule_id: str) -> Rule:
        return self._rules[rule_id]

    def __len__(self) -> int:
        return len(self._rules)


REGISTRY = Registry()
rule = REGISTRY.rule
graph_rule = REGISTRY.graph_rule
