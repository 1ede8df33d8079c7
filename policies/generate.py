"""What is made from the rules: the level files and the reference page; `make docs` writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from policies import rules
from policies.pack import levels
from policies.pack.rule import ENVIRONMENTS, Registry, Rule
from policies.pack.schema import Setting

FOLDER = Path(__file__).resolve().parent
REFERENCE = FOLDER.parent / "docs" / "policy-reference.md"
HEAD = """# Policy reference

Generated from the rules by `make docs`; a test keeps it equal. How to read a
violation, waive it or add a rule: [policies.md](policies.md).

Levels are development, staging, production: **mandatory** stops the change, **advisory** warns,
**disabled** does not look.
"""
MANY = 4
"""A rule for more types than this names their number only."""


def page(registry: Registry, subjects: Iterable[ModuleType]) -> str:
    """Return the reference page: every rule with what is known about it, a section a subject."""
    parts = [HEAD, _table(registry)]
    for subject in subjects:
        title = (subject.__doc__ or "").strip().splitlines()[0]
        inside = [rule for rule in registry if rule.subject == subject.__name__.rsplit(".", 1)[-1]]
        parts += [f"## {title.rstrip('.')}\n", *("\n".join(_entry(rule)) for rule in inside)]
    return "\n".join(parts)


def _table(registry: Registry) -> str:
    rows = [f"| [{r.id}](#{r.id}) | {r.severity} | {_levels(r)} |" for r in registry]
    return "\n".join(["| rule | severity | levels |", "|---|---|---|", *rows]) + "\n"


def _levels(rule: Rule) -> str:
    return ", ".join(rule.level(environment) for environment in ENVIRONMENTS)


def _entry(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}\n"
    yield f"{rule.sentence}\n"
    yield f"- **Fix**: {rule.remedy}"
    yield f"- Applies to: {_subjects(rule)}"
    yield f"- Severity: {rule.severity}; levels: {_levels(rule)}"
    if rule.frameworks:
        yield f"- From: {'; '.join(rule.frameworks)}"
    if rule.url:
        yield f"- More: <{rule.url}>"
    yield from (_setting(name, setting) for name, setting in rule.settings.items())
    yield ""


def _subjects(rule: Rule) -> str:
    if rule.types is None:
        return "the whole stack"
    if not rule.types:
        return "every resource"
    names = sorted(f"`{token.rsplit(':', 1)[-1]}`" for token in rule.types)
    shown = ", ".join(names[:MANY])
    return shown if len(names) <= MANY else f"{shown} and {len(names) - MANY} more"


def _setting(name: str, setting: Setting) -> str:
    default = json.dumps(setting.default)
    others = [f"{where}: `{json.dumps(value)}`" for where, value in setting.by_environment.items()]
    return f"- Setting `{name}`: {setting.meaning} Default: {', '.join([f'`{default}`', *others])}."


def generated() -> dict[Path, str]:
    """Return every generated file with its content."""
    reference = page(rules.REGISTRY, rules.SUBJECTS)
    return {REFERENCE: reference, **levels.files(rules.REGISTRY, FOLDER)}
