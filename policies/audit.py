"""Audits an exported state without an engine: `python -m policies.audit STATE LEVELS`.

It says what the engine's `policy analyze` says; a test holds the two together. Values that are
encrypted stay so.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from policies import rules
from policies.pack.analysis import Analysis, Violation
from policies.pack.enforcement import LevelsError, configured_enforcement
from policies.pack.levels import read_levels
from policies.pack.resource import Unknowns
from policies.pack.rule import Level
from policies.pack.state import StateError, read_state, with_inputs, with_outputs

VIOLATED, UNREADABLE = 3, 2
"""Exit codes: something mandatory is wrong; a file was not understood. A crash ends with 1."""


def violations(state: Path, levels: Path) -> Iterator[Violation]:
    """Yield what is wrong with *state* at the *levels* of a file: every resource, then the stack.

    Raises StateError and LevelsError for files that cannot be read.
    """
    resources = read_state(state)
    analysis = Analysis(configured_enforcement(rules.REGISTRY, read_levels(levels)), rules.REGISTRY)
    for resource in with_inputs(resources):
        yield from analysis.resource(resource).violations
    unknowns = Unknowns()
    if resources:
        yield from analysis.stack(with_outputs(resources, unknowns), unknowns).violations


def main(state: Path, levels: Path) -> int:
    """Print what is wrong; return the exit code, which is not 0 when something mandatory is."""
    try:
        found = list(violations(state, levels))
    except (StateError, LevelsError) as error:
        sys.stderr.write(f"{error}\n")
        return UNREADABLE
    for each in found:
        sys.stdout.write(f"{_text(each)}\n")
    return VIOLATED if any(each.level is Level.MANDATORY for each in found) else 0


def _text(violation: Violation) -> str:
    about = f"[{violation.level}] [severity: {violation.rule.severity}] {violation.rule.id}"
    message = violation.message.replace("\n", "\n  ")
    return f"{about}: {violation.resource or 'the stack'}\n  {message}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
