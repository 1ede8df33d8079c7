"""A program that registers what `program.json` beside it lists; it stands in for the platform."""

import json
from pathlib import Path
from typing import Any

import pulumi

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Register the resources in order, export the outputs, and fail where the file says so."""
    wanted = json.loads((ROOT / "program.json").read_text())
    run = _count()
    for resource in wanted["resources"]:
        options = pulumi.ResourceOptions(protect=resource["protect"])
        inputs = {name: _filled(value, run) for name, value in resource["inputs"].items()}
        pulumi.CustomResource(resource["type"], resource["name"], inputs, options)
    if wanted["fails"]:
        raise pulumi.RunError(wanted["fails"])
    for name, value in wanted["outputs"].items():
        pulumi.export(name, value)


def _filled(value: Any, run: int) -> Any:
    """Let a value that asks for it be another in each run."""
    return f"run-{run}" if value == "{run}" else value


def _count() -> int:
    """Return how often the program has run, this time included."""
    count = ROOT / "runs"
    run = int(count.read_text()) + 1 if count.exists() else 1
    count.write_text(str(run))
    return run
