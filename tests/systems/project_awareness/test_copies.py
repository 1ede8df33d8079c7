"""Projects and sessions of owners are copied and brought back, on the real runtime (FW-4)."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from common.json_types import Json
from ops.backup.durable_objects import RefusedCopyError
from tests.systems.objects_copied import objects_of
from tests.systems.project_awareness.conftest import HOST, OWNERS, SCRIPT, AwarenessStack

pytestmark = pytest.mark.workerd

WHO, NAMELESS = "user-42", "user-43"
CLASSES = ("ProjectAwarenessDurableObject", "SessionSyncDurableObject")
SESSION = {"platform": "claude-code", "session_id": "copied", "project_id": "one"}


def test_projects_sessions_and_events_come_back_after_they_were_deleted(
    awareness: AwarenessStack, tmp_path: Path
) -> None:
    """PA-5: a project was used once more, and the next event has the next number."""
    for project in ("one", "two"):
        told = awareness.switch(project, WHO)
    registered = awareness.ask("POST", "/api/sessions/register", WHO, json=SESSION)
    assert registered.is_success, registered.text
    with ExitStack() as stack:
        projects, sessions = (
            stack.enter_context(objects_of(awareness.cloud, SCRIPT, name, HOST, tmp_path))
            for name in CLASSES
        )
        assert [each["uses"] for each in _kept(projects.save(), "projects")] == [1, 1]
        assert list(_kept(sessions.save(), "sessions")) == [SESSION["session_id"]]
        for each in (projects, sessions):
            each.wipe()
            each.restore()
        next_told = awareness.switch("one", WHO)
        used = {each["project_id"]: each["uses"] for each in _kept(projects.save(), "projects")}

    assert next_told["sequence"] == told["sequence"] + 1
    assert used == {"one": 2, "two": 1}


def test_what_noted_no_name_comes_back_by_its_id_and_into_its_own_namespace_alone(
    awareness: AwarenessStack, tmp_path: Path
) -> None:
    """PA-5: an earlier version has written to it, and nobody since."""
    awareness.switch("unnamed", NAMELESS)
    with ExitStack() as stack:
        projects, sessions = (
            stack.enter_context(objects_of(awareness.cloud, SCRIPT, name, HOST, tmp_path))
            for name in CLASSES
        )
        named = projects.only(f"owner:{OWNERS[NAMELESS]}")
        kept = {key: value for key, value in named.copy.items() if key != "name"}
        projects.write({**kept, "id": named.id})
        unnamed = projects.only(named.id)
        projects.save()
        projects.wipe()
        projects.restore()
        again = projects.only(named.id)
        with pytest.raises(RefusedCopyError, match="its id is of another namespace") as elsewhere:
            sessions.write(unnamed.copy)
        awareness.switch("unnamed", NAMELESS)
        (used,) = json.loads(dict(projects.only(named.copy["name"]).copy["values"])["projects"])

    assert "name" not in unnamed.copy
    assert again.copy == {**unnamed.copy, "alarm": again.copy["alarm"]}
    assert elsewhere.value.code == "object_elsewhere"
    assert used["uses"] == 2


def _kept(copies: list[Json], key: str) -> Any:
    """Return what the objects of the owner keep as *key*."""
    (copy,) = [each for each in copies if each["name"] == f"owner:{OWNERS[WHO]}"]
    return json.loads(dict(copy["values"])[key])
