"""Judges an exported state without an engine: `python -m policies.judge STATE LEVELS`.

It says what the engine's `policy analyze` says; a test holds the two together. Values that are
encrypted stay so.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from policies import rules
from policies.pack.analysis import Analysis, Violation
from policies.pack.levels import read_levels
from policies.pack.plan import PlanError, configured_plan
from policies.pack.resource import Sight
from policies.pack.rule import Level
from policies.pack.state import StateError, one_by_one, read_state, together

BROKEN, UNREADABLE = 1, 2


def violations(state: Path, levels: Path) -> Iterator[Violation]:
    """Judge *state* by the pack at the *levels* of a file: every resource, then the stack.

    Raises StateError and PlanError for files that cannot be read.
    """
    resources = read_state(state)
    analysis = Analysis(configured_plan(rules.REGISTRY, read_levels(levels)), rules.REGISTRY)
    for resource in one_by_one(resources):
        yield from analysis.resource(resource).violations
    sight = Sight()
    if resources:
        yield from analysis.stack(together(resources, sight), sight).violations


def main(state: Path, levels: Path) -> int:
    """Print what is wrong; answers 1 when something mandatory is."""
    try:
        found = list(violations(state, levels))
    except (StateError, PlanError) as error:
        sys.stderr.write(f"{error}\n")
        return UNREADABLE
    for each in found:
        sys.stdout.write(f"{_text(each)}\n")
    return BROKEN if any(each.level is Level.MANDATORY for each in found) else 0


def _text(violation: Violation) -> str:
    about = f"[{violation.level}] [severity: {violation.rule.severity}] {violation.rule.id}"
    message = violation.message.replace("\n", "\n  ")
    return f"{about}: {violation.resource or 'the stack'}\n  {message}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
