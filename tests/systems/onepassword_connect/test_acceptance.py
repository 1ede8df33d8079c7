"""What of the checklist concerns the containers is shown on containers (CC-13)."""

import pytest

from docs import acceptance

POINTS = acceptance.read(acceptance.SYSTEMS / "onepassword_connect" / acceptance.NAME).points
ON_AN_ENGINE = ("OP-C1", "OP-C2", "OP-C3", "OP-C8", "OP-C9", "OP-C10", "OP-C11", "OP-C12")
"""What concerns the containers themselves."""


@pytest.mark.parametrize("point", ON_AN_ENGINE)
def test_a_point_about_containers_is_shown_on_an_engine(point):
    assert any(test.startswith("engine/connect_host/") for test in POINTS[point].tests)
