"""A stack to be watched without an engine: what is read of one is given."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from ops.monitoring.deployed_stack import Watched
from ops.paths import Paths
from ops.stack.session import Session
from ops.stack.target import Target

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
STAGING = Target("staging", "staging", {"chittyos:account": "ab" * 16})


def watched(
    root: Path, target: Target = STAGING, backup: Path | None = None, **read: Any
) -> Watched:
    """Return *target* as checks see it; *read* stands for what they would read."""
    session = cast("Session", SimpleNamespace(paths=Paths(root), target=target))
    made = Watched(session, backup, NOW)
    vars(made).update({"opens": True, **read})
    return made
