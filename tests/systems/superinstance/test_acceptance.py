"""Each point of acceptance of SuperInstance is shown by tests that name it (FW-7, SI-1 … SI-6)."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.bundle import ROOT

HERE = Path(__file__).parent
TABLE = ROOT / "systems/superinstance/acceptance.yaml"
POINTS: dict[str, dict[str, Any]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
POINT = re.compile(r"\bSI-[AP]\d+\b")


def _said(node: str) -> set[str]:
    """Return the points that a test, `file.py::function`, says in its docstring that it shows."""
    file, _, name = node.partition("::")
    return _said_in(HERE / file)[name]


def _said_in(path: Path) -> dict[str, set[str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    tests = [each for each in functions if each.name.startswith("test_")]
    return {each.name: set(POINT.findall(ast.get_docstring(each) or "")) for each in tests}


def test_there_are_nineteen_points_and_six_before_production():
    numbered = [f"SI-A{number}" for number in range(1, 20)]
    before_production = [f"SI-P{number}" for number in range(1, 7)]

    assert list(POINTS) == numbered + before_production


@pytest.mark.parametrize("point", POINTS)
def test_a_point_is_shown_by_tests_that_name_it(point):
    shown_by = POINTS[point]["shown_by"]

    assert shown_by
    assert POINTS[point]["what"].endswith(".")
    assert [node for node in shown_by if point not in _said(node)] == []


def test_no_test_names_a_point_that_does_not_name_it():
    bound = {(point, node) for point, given in POINTS.items() for node in given["shown_by"]}
    said = {
        (point, f"{path.relative_to(HERE).as_posix()}::{name}")
        for path in sorted(HERE.rglob("test_*.py"))
        for name, points in _said_in(path).items()
        for point in points
    }

    assert said - bound == set()
