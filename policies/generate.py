"""Writes what is generated from the rules: `python -m policies.generate`, after a rule changed."""

import sys
from pathlib import Path

from policies import rules
from policies.pack import levels, reference
from policies.pack.plan import PlanError

FOLDER = Path(__file__).resolve().parent
REFERENCE = FOLDER.parent / "docs" / "policy-reference.md"


def generated() -> dict[Path, str]:
    """Return every generated file with its content."""
    page = reference.page(rules.REGISTRY, rules.SUBJECTS)
    return {REFERENCE: page, **levels.files(rules.REGISTRY, FOLDER)}


def main() -> None:
    """Write the files whose content changed, and say which."""
    for path, content in generated().items():
        if not path.exists() or path.read_text() != content:
            path.write_text(content)
            sys.stdout.write(f"wrote {path.relative_to(FOLDER.parent)}\n")


if __name__ == "__main__":
    try:
        main()
    except PlanError as error:
        sys.exit(f"error: {error}")
