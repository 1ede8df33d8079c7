"""`state restore` of a stack in Pulumi Cloud: what is refused before anybody is asked."""

import pytest

from ops.commands import state
from ops.errors import OpsError
from ops.stack.cloud_stack import CloudStack, CloudVersion
from ops.state_store.address import Address

UPDATES = [CloudVersion(7, "update", "succeeded")]


@pytest.fixture
def taken(monkeypatch, tmp_path):
    """Give a function that restores a version; it returns the numbers that were taken back."""
    monkeypatch.setattr(state, "agree", lambda *_, **__: None)
    numbers = []

    def take(version, updates=UPDATES, moved=None, *, busy=False):
        class Stack(CloudStack):
            def versions(self, most):
                return updates[:most]

            def moved_to(self):
                return moved

            def is_busy(self):
                return busy

            def take_back(self, number):
                numbers.append(number)

        stack = Stack(Address("https://api.pulumi.com"), "staging", tmp_path)
        monkeypatch.setattr(state, "_opened", lambda _: stack)
        state.restore("staging", version, yes=True)
        return numbers

    return take


def test_a_version_that_there_is_is_taken_back(taken):
    assert taken("7") == [7]


@pytest.mark.parametrize("version", ["8", "0", "-1", "x", "", "\u0663", "9" * 5000])
def test_a_version_that_there_is_not_is_refused_with_those_that_there_are(taken, version):
    with pytest.raises(OpsError, match=r"between 1 and 7: python -m ops state versions"):
        taken(version)


def test_where_there_is_no_version_none_is_taken_back(taken):
    with pytest.raises(OpsError, match="there is none"):
        taken("1", updates=[])


def test_nothing_is_written_where_the_state_is_not_any_more(taken):
    with pytest.raises(OpsError, match="it was moved to s3://new"):
        taken("7", moved=Address("s3://new"))


def test_nothing_is_written_while_an_update_changes_it(taken):
    with pytest.raises(OpsError, match="is being changed by an update"):
        taken("7", busy=True)
