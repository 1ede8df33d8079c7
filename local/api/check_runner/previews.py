"""Previews: what a check would find, before anything is kept."""

from collections.abc import Iterable
from uuid import uuid4

from common.json_types import Json
from local.api.check_runner.plan import Check
from local.api.check_runner.runs import ask
from local.api.state.state import State

NO_FAILURES = "No failures"
PLACE = "Local, XX"
"""Where checks are run from: there is one place."""


async def preview(state: State, checks: Iterable[Check]) -> tuple[str, dict[str, Json]]:
    """Ask once for each of *checks*; return the id of the preview and what it found, by owner."""
    results: dict[str, Json] = {}
    for ran in await ask(state, checks):
        result = results.setdefault(ran.check.owner, {"healthy": True, "origins": []})
        result["origins"].append({ran.check.address: shown(ran.found, healthy=ran.passed)})
        result["healthy"] = result["healthy"] and ran.passed
    preview_id = uuid4().hex
    state.checks.previews[preview_id] = results
    return preview_id, results


def shown(found: Json, *, healthy: bool) -> Json:
    """Return *found* as the API says it."""
    return {
        "healthy": healthy,
        "failure_reason": found["failure_reason"] or NO_FAILURES,
        "response_code": found["response_code"],
        "rtt": f"{found['rtt']}ms",
    }
