"""The 12 points of the source's checklist are shown by tests that name them (CC-13, FW-7)."""

import re

import pytest

from components.bundle import ROOT
from tests import acceptance

TABLE = acceptance.points(ROOT / "systems/onepassword_connect/acceptance.yaml")
BOUND = acceptance.bound(TABLE)
POINT = re.compile(r"\bOP-C\d+\b")
ON_AN_ENGINE = ("OP-C1", "OP-C2", "OP-C3", "OP-C8", "OP-C9", "OP-C10", "OP-C11", "OP-C12")
"""What concerns the containers themselves."""


def test_there_are_the_twelve_points_of_the_source():
    assert list(TABLE) == [f"OP-C{number}" for number in range(1, 13)]
    assert all(given["what"].endswith(".") for given in TABLE.values())


def test_a_test_names_the_points_that_it_shows_and_no_other():
    assert acceptance.said(POINT) == BOUND


@pytest.mark.parametrize("point", TABLE)
def test_a_point_is_shown(point):
    shown_by = TABLE[point]["shown_by"]

    assert shown_by
    if point in ON_AN_ENGINE:
        assert any(node.startswith("engine/connect_host/") for node in shown_by)
