"""Explains the rules: `python -m policies.explain`, also as `make policy`.

Of each rule: its level in each stack, what it looked at in the last run and what was not known.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from policies import rules
from policies.pack.record import FOLDER
from policies.pack.rule import Registry, Rule

HOME = Path(__file__).resolve().parent
FEW = 3
"""More resources than this are counted instead of named."""


class ExplainError(Exception):
    """A file of a stack is not to be understood; the message says which and what to do."""


def stacks(root: Path) -> dict[str, str]:
    """Return the stacks that have a file, each with its environment."""
    found = {}
    for path in sorted(root.glob("Pulumi.*.yaml")):
        environment = _config(path).get("chittyos:environment")
        if environment:
            found[path.name.split(".")[1]] = str(environment)
    return found


def _config(path: Path) -> dict[str, Any]:
    try:
        config = (yaml.safe_load(path.read_text()) or {}).get("config") or {}
    except (OSError, ValueError, AttributeError, RecursionError, yaml.YAMLError):
        config = None
    if not isinstance(config, dict):
        stack = path.name.split(".")[1]
        raise ExplainError(
            f"{path.name} cannot be read; make preview STACK={stack} says what is wrong with it"
        )
    return config


def _levels(folder: Path, environment: str) -> dict[str, Any]:
    known = sorted(path.stem for path in folder.glob("*.json"))
    if environment not in known:
        raise ExplainError(
            f"chittyos:environment is {environment}, which has no levels; give {', '.join(known)}"
        )
    return dict(json.loads((folder / f"{environment}.json").read_text()))


def explain(registry: Registry, root: Path, levels: Path) -> Iterator[str]:
    """Write the explanation line by line.

    *root*: folder of the checkout with its stack files and records; *levels*: of the level files.
    Raises `ExplainError` for a stack file that cannot be understood.
    """
    known = stacks(root)
    files = {environment: _levels(levels, environment) for environment in known.values()}
    runs = {stack: run for stack in known if (run := _run(root, stack))}
    yield from _heads(known, runs)
    for rule in registry:
        yield f"{rule.id} ({rule.severity}): {rule.sentence}"
        told = [f"{stack} {_level(files[env], rule)}" for stack, env in known.items()]
        yield f"    level: {', '.join(told)}"
        for stack, run in runs.items():
            yield from _seen(stack, run["rules"].get(rule.id))


def _run(root: Path, stack: str) -> dict[str, Any]:
    path = root / FOLDER / f"{stack}.json"
    try:
        run = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return run if isinstance(run, dict) else {}


def _heads(known: dict[str, str], runs: dict[str, dict[str, Any]]) -> Iterator[str]:
    for stack, environment in known.items():
        run = runs.get(stack)
        kind = "preview" if run and run["preview"] else "update"
        ended = "" if run and run["whole"] else "; it ended before the whole stack was checked"
        last = f"last {kind} {run['when']}{ended}" if run else "no run recorded here yet"
        yield f"{stack} ({environment}): {last}"
    yield ""


def _level(content: dict[str, Any], rule: Rule) -> str:
    return str(content.get(rule.id, {}).get("enforcementLevel", "unknown"))


def _seen(stack: str, seen: dict[str, Any] | None) -> Iterator[str]:
    if seen is None:
        yield f"    {stack}: looked at nothing"
        return
    yield f"    {stack}: looked at {_few(seen['looked'])}; violations: {seen['found']}"
    yield from (f"        could not see {missed}" for missed in seen["missed"])


def _few(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= FEW else f"{len(names)} resources"


def main() -> None:
    """Print each rule, its level in each stack, what it saw and could not see."""
    for line in explain(rules.REGISTRY, HOME.parent, HOME / "levels"):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.stderr.close()  # the reader of the pipe has seen enough
    except ExplainError as error:
        sys.exit(f"error: {error}")
