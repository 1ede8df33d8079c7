"""What the state of a stack says, secrets still encrypted."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from common.json_types import Json
from ops.engine.process import NO_STACK, pulumi
from ops.engine.report import STACK
from ops.engine.resources import urn_type
from ops.errors import OpsError
from ops.stack import local_integrity, state_location
from ops.stack.session import Session
from ops.stack.target import Target
from ops.terminal import interrupts


def resources(session: Session) -> list[Json]:
    """Read the resources of the stack out of its state, secrets still encrypted."""
    return list(deployment(session).get("resources") or [])


def deployment(session: Session) -> Json:
    """Read what the state of the stack says: its resources, and steps that were not seen to end.

    A state on this machine is read where it lies, which saves starting the engine; any other is
    asked of the engine. Raises `OpsError` with why that failed.
    """
    if state_location.is_here(session.target):
        stored = local_integrity.stored(session.paths, session.target.name)
        if stored is not None:
            return stored
    return dict(json.loads(exported(session)).get("deployment") or {})


def beside(session: Session, other: Target) -> list[Json]:
    """Read the resources of *other*, a stack beside that of *session* in the same backend.

    There are none where it was never made.
    """
    try:
        return resources(replace(session, target=other))
    except OpsError as error:
        if NO_STACK in str(error):
            return []
        raise


def exported(session: Session) -> str:
    """Return the state of the stack as the engine exports it, to be imported again some day."""
    command = ["stack", "export", "--stack", session.target.name]
    return pulumi(session.tools.engine.path, command, cwd=session.paths.root)


def bring_in(session: Session, file: Path) -> None:
    """Have the engine take *file*, which `exported` has written, for the state of the stack."""
    command = ["stack", "import", "--stack", session.target.name, "--file", str(file)]
    with interrupts.deferred():
        pulumi(session.tools.engine.path, command, cwd=session.paths.root)


def addresses(resources: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Find in the state where each system answers: system, url, and the path to ask."""
    stack = next((each for each in resources if urn_type(each["urn"]) == STACK), {})
    found = stack.get("outputs", {}).get("addresses")
    return found if isinstance(found, list) else []
