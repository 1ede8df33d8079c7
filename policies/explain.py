"""Explains the rules: `python -m policies.explain`, also as `make policy`."""

import sys
from pathlib import Path

from policies import rules
from policies.pack.explain import ExplainError, explain

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    """Print each rule, its level in each stack, what it saw and could not see."""
    for line in explain(rules.REGISTRY, FOLDER.parent, FOLDER / "levels"):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.stderr.close()  # the reader of the pipe has seen enough
    except ExplainError as error:
        sys.exit(f"error: {error}")
