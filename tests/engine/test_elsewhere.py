"""The program of docs/how-to.md in a folder of its own: no PYTHONPATH, its own cloud."""

import runpy
import sys

import pytest

from harness.clone import ACCOUNT
from tests.components.test_elsewhere import ROOT, write_program

pytestmark = [pytest.mark.engine, pytest.mark.workerd]


def without_source_positions(value: object) -> object:
    """Return *value* without what the engine notes of the line that made a resource.

    It writes the path from the project's folder to the file. Here that leads through the root to
    the clone, whose modules these tests have imported already; a program of its own imports them
    from the clone beside it.
    """
    match value:
        case dict():
            return {
                key: without_source_positions(each)
                for key, each in value.items()
                if key not in {"sourcePosition", "stackTrace"}
            }
        case list():
            return [without_source_positions(each) for each in value]
    return value


def test_a_program_elsewhere_goes_up_and_its_tables_are_in_the_cloud_of_its_stack(
    engine, cloud, tmp_path, monkeypatch
):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path])
    program = write_program(tmp_path / "notes")
    monkeypatch.chdir(program.parent)

    stack = engine.stack(lambda: runpy.run_path(str(program)), config={"test:account": ACCOUNT})
    up = stack.up()

    assert up.steps["notes-database-migrations"] == "create"
    assert up.steps["notes-worker"] == "create"
    database = stack.resources()["notes-database"]["id"]
    (answer,) = cloud.result(
        "POST",
        f"/accounts/{ACCOUNT}/d1/database/{database}/query",
        json={"sql": "SELECT name FROM sqlite_master WHERE name = 'notes'"},
    )
    assert answer["results"] == [{"name": "notes"}]
    assert stack.preview().changes == {}
    held = str(without_source_positions(stack.export()))
    assert str(ROOT) not in held
    assert str(tmp_path) not in held
