"""A table of points to be shown, and the tests that say in their docstrings which they show."""

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TESTS = Path(__file__).parent

Bound = set[tuple[str, str]]
"""Pairs of a point and a test, `folder/file.py::function` below `tests/`."""


def points(table: Path) -> dict[str, dict[str, Any]]:
    """Return each point of *table* by its name: `what`, and `shown_by`, a list of tests."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(table.read_text(encoding="utf-8"))
    return found


def bound(table: Mapping[str, Mapping[str, Any]]) -> Bound:
    """Return which tests *table* says that show which point."""
    return {(point, node) for point, given in table.items() for node in given["shown_by"]}


def said(pattern: re.Pattern[str], files: Iterable[str] = ("**/test_*.py",)) -> Bound:
    """Return which tests of *files* say which point that *pattern* finds. Default: of all files."""
    return {
        (point, f"{path.relative_to(TESTS).as_posix()}::{name}")
        for each in files
        for path in sorted(TESTS.glob(each))
        for name, text in _docstrings(path).items()
        for point in pattern.findall(text)
    }


@cache
def _docstrings(path: Path) -> dict[str, str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    return {each.name: ast.get_docstring(each) or "" for each in functions}
