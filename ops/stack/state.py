"""What the state of a stack says, secrets still encrypted."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from common.json_types import Json
from ops.engine.process import pulumi
from ops.engine.report import STACK
from ops.engine.resources import urn_type
from ops.stack.session import Session


def resources(session: Session) -> list[Json]:
    """Read the resources of the stack out of its state, secrets still encrypted."""
    text = pulumi(
        session.tools.engine.path,
        ["stack", "export", "--stack", session.target.name],
        cwd=session.paths.root,
    )
    return list(json.loads(text).get("deployment", {}).get("resources") or [])


def addresses(resources: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Find in the state where each system answers: system, url, and the path to ask."""
    stack = next((each for each in resources if urn_type(each["urn"]) == STACK), {})
    found = stack.get("outputs", {}).get("addresses")
    return found if isinstance(found, list) else []
