"""One clone for all tests that only read or use stacks of their own."""

import pytest

from harness.clone import make_clone


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Give a clone whose local Cloudflare runs, and stop it afterwards."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    started = made.ops("start")
    assert started.code == 0, started.said
    yield made
    made.end()
