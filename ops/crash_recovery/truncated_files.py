"""Files that a killed engine left half written in a local state."""

import json
from pathlib import Path

ATTRIBUTES = "*.attrs"
"""Written beside a file by an engine that was not told to skip them, and not at once."""

DRAFT = "*.tmp"


def clear(state: Path, stack: str) -> list[str]:
    """Remove what is half written of *stack* in *state*, where the engine stumbles over it.

    The state itself is replaced as a whole by the engine and never half written. Run this with
    no engine at work on *stack*; others may be. Returns a sentence for each file removed.
    """
    folder = state / ".pulumi"
    broken = [path for path in folder.rglob(ATTRIBUTES) if not _is_json(path)]
    removed = [path for path in (*broken, *folder.rglob(DRAFT)) if _is_of(stack, path)]
    for path in removed:
        path.unlink(missing_ok=True)
    return [f"removed the half-written {path.name}" for path in removed]


def _is_of(stack: str, path: Path) -> bool:
    return path.name.startswith(f"{stack}.json") or path.parent.name == stack


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text())
    except (OSError, ValueError):
        return False
    return True
