"""Inputs of a resource as a plan has them: whatever their form is, what is asked for or nothing.

Needs nothing but Python.
"""

from collections.abc import Mapping
from typing import Any

from ops.preview.plan_steps import Inputs, Step


def at(inputs: object, path: str) -> object:
    """Return what is at *path*; `None` where there is nothing on the way."""
    found: object = inputs
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def mapping(value: object) -> Inputs:
    """Return an object as it is, and an empty one for what is none."""
    return value if isinstance(value, Mapping) else {}


def listed(value: object) -> list[Any]:
    """Return a list as it is, and nothing for what is none: a secret, or not known yet."""
    return value if isinstance(value, list) else []


def records(value: object) -> list[Inputs]:
    """Return the objects of a list."""
    return [each for each in listed(value) if isinstance(each, Mapping)]


def differ(step: Step) -> set[str]:
    """Return the inputs that are others than before; none where the plan does not show which."""
    names = step.before.keys() | step.after.keys()
    return {name for name in names if step.before.get(name) != step.after.get(name)}
