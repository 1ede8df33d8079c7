"""One map of the example for all tests that look at it: the program runs once."""

import pytest

from tests.ops.stack_map import example


@pytest.fixture(scope="session")
def exposure():
    """Give the map of the example program."""
    return example.drawn()
