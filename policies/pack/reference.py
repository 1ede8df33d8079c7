"""The reference page: every rule with what is known about it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from types import ModuleType

from policies.pack.rule import ENVIRONMENTS, Registry, Rule, Setting

HEAD = """# Policy reference

Generated from the rules by `python -m policies.generate`; a test keeps it equal. How to read a
violation, waive it or add a rule: [policies.md](policies.md).

Levels are development, staging, production: **mandatory** stops the change, **advisory** warns,
**disabled** does not look.
"""
MANY = 4
"""A rule for more types than this names their number only."""


def page(registry: Registry, subjects: Iterable[ModuleType]) -> str:
    """Write the page, a section a subject in the order given."""
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
    yield f"- Judges: {_judged(rule)}"
    yield f"- Severity: {rule.severity}; levels: {_levels(rule)}"
    if rule.pending:
        yield f"- Warns only, until the program has `components/{rule.pending}.py`"
    if rule.frameworks:
        yield f"- From: {'; '.join(rule.frameworks)}"
    if rule.url:
        yield f"- More: <{rule.url}>"
    yield from (_setting(name, setting) for name, setting in rule.settings.items())
    yield ""


def _judged(rule: Rule) -> str:
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
