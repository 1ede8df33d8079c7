"""The program of docs/how-to.md in a folder of its own: no PYTHONPATH, its own cloud."""

import runpy
import sys

import pytest

from harness.clone import ACCOUNT
from tests.components.test_elsewhere import ROOT, write_program

pytestmark = [pytest.mark.engine, pytest.mark.workerd]


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
    assert str(ROOT) not in str(stack.export())
    assert str(tmp_path) not in str(stack.export())
