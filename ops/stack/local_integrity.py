"""What of `.local` was damaged or lost, found before the engine stumbles over it."""

import json
import shlex
from pathlib import Path
from typing import Any

from common.json_types import Json
from ops.errors import OpsError
from ops.paths import PROJECT, Paths

REMEDY = "run make reset to start afresh"


def check_passphrase(paths: Paths) -> None:
    """Refuse to make a new passphrase beside a state that was encrypted with another."""
    if not paths.passphrase.exists() and any(_stacks(paths).glob("*.json")):
        raise OpsError(
            f"{paths.passphrase} is gone, and nothing else opens the secrets in {paths.state}; "
            f"put it back, or {REMEDY}"
        )


def check_state(paths: Paths, stack: str) -> bool:
    """Return whether *stack* has a state; `OpsError` for one that is damaged, or gone by accident.

    A stack that was removed when nothing was left in it is gone on purpose.
    """
    state = _stacks(paths) / f"{stack}.json"
    if state.exists():
        if _resources(state) is None:
            raise OpsError(_way_back(state, "cannot be read"))
        return True
    if state.with_name(f"{stack}.json.gz").exists():
        return True
    if _resources(_before(state)):
        raise OpsError(_way_back(state, "is gone"))
    return False


def stacks(paths: Paths) -> list[str]:
    """Name the stacks whose state lies on this machine, sorted."""
    found = (path.name.partition(".json") for path in _stacks(paths).glob("*.json*"))
    return sorted({name for name, _, more in found if more in {"", ".gz"}})


def stored(paths: Paths, stack: str) -> Json | None:
    """Return what the state of *stack* says, as it lies here; `None` where that is not plain."""
    return _latest(_stacks(paths) / f"{stack}.json")


def is_state_lost(paths: Paths, stack: str) -> bool:
    """Whether *stack* was made on this machine and all state of it is gone.

    A stack that was removed leaves the folder of the states.
    """
    return paths.effective(stack).exists() and not (paths.state / ".pulumi").exists()


def check_orphans(paths: Paths, held: int) -> None:
    """Refuse to begin a new state beside *held* things of the local Cloudflare of the lost one."""
    if held:
        raise OpsError(
            f"{paths.state} is gone, and the local Cloudflare still has {held} things that it "
            f"described, with their data; put it back, or {REMEDY}, which deletes that data"
        )


def _way_back(state: Path, what: str) -> str:
    """Say what to do: a version is newer than the copy, and there may be one without the other."""
    stack = state.name.removesuffix(".json")
    kept = state.parents[2] / "history" / PROJECT / stack
    if any(kept.glob("*.checkpoint.json*")):
        how = f"take the last good version of it back: python -m ops state versions {stack}"
        return f"{state} {what}; {how}"
    before = _before(state)
    if _resources(before) is None:
        return f"{state} {what}, and the copy beside it as well; {REMEDY}"
    copy = shlex.join(["cp", str(before), str(state)])
    return f"{state} {what}; to go on with the state before its last change: {copy}"


def _before(state: Path) -> Path:
    """Name the copy that the engine keeps of the state before its last change."""
    return state.with_name(f"{state.name}.bak")


def _resources(state: Path) -> list[Any] | None:
    """Read the resources of a stored state; `None` for what is no state."""
    latest = _latest(state)
    try:
        return None if latest is None else list(latest.get("resources") or [])
    except TypeError:
        return None


def _latest(state: Path) -> Json | None:
    """Read what a stored state says; `None` for what is no state."""
    try:
        return dict(json.loads(state.read_text())["checkpoint"]["latest"] or {})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _stacks(paths: Paths) -> Path:
    return paths.state / ".pulumi" / "stacks" / PROJECT
