"""One clone for all tests that only read or use stacks of their own, and locks that end.

Tests of states share an S3 server, and a stack that was deployed once: see `tests.ops.states`.
"""

import pytest

from harness.clone import make_clone
from ops.paths import Paths
from ops.stack import command_lock


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
    command_lock.give_back(Paths())


@pytest.fixture
def waited(monkeypatch):
    """Give the seconds that requests waited before they were sent again; none of them passes."""
    seconds: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", seconds.append)
    return seconds


@pytest.fixture(scope="session")
def s3_service(tmp_path_factory):
    """Give an S3 server."""
    from tests.ops import states  # noqa: PLC0415 - boto3 takes a while, and few tests need it

    with states.s3_service(tmp_path_factory.mktemp("states") / "cf") as running:
        yield running


@pytest.fixture(scope="session")
def deployed(tmp_path_factory):
    """Give the engine of a stack with secrets, deployed once. Tests take copies of its files."""
    from tests.ops import states  # noqa: PLC0415 - the SDK takes a while, and few tests need it

    return states.deploy(tmp_path_factory.mktemp("deployed"))
