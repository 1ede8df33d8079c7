"""One clone for all tests that only read or use stacks of their own, and locks that end."""

import pytest

from harness.clone import make_clone
from ops.paths import Paths
from ops.stack import lock


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Give a clone whose local Cloudflare runs, and stop it afterwards."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    started = made.ops("start")
    assert started.code == 0, started.said
    yield made
    made.end()


@pytest.fixture(autouse=True)
def _lock_of_this_clone():
    """Give back the lock that a command took in this process, for which others would wait."""
    yield
    lock.give_back(Paths())
