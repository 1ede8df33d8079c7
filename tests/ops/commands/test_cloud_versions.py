"""An earlier state of Pulumi Cloud is taken back where the state is still, and at rest (FW-4)."""

import pytest

from ops.commands import state
from ops.errors import OpsError
from ops.stack import cloud_stack
from ops.stack.cloud_stack import CloudStack
from ops.state_store.address import Address
from tests.ops.stack.test_cloud_stack import CLOUD, Engine

QUIET = {"ls": [{"name": "staging", "updateInProgress": False}], "export": "{}"}


@pytest.fixture
def cloud(monkeypatch, tmp_path):
    """Give a function that has a stack in a cloud that answers; returns its engine."""

    def make(**answers):
        engine = Engine(**{**QUIET, **answers})
        monkeypatch.setattr(cloud_stack, "pulumi", engine)
        stack = CloudStack(Address(CLOUD), "staging", tmp_path)
        monkeypatch.setattr(state, "_opened", lambda _: stack)
        return engine

    return make


def imported(engine):
    return [asked for asked in engine.asked if asked.startswith("stack import")]


def test_a_version_is_taken_back_by_an_import(cloud):
    engine = cloud()

    state.restore("staging", "6", yes=True)

    assert len(imported(engine)) == 1


REFUSED = {
    "a moved state": ({"tag": "7 s3://new"}, "it was moved to s3://new"),
    "one that is changed": (
        {"ls": [{"name": "staging", "updateInProgress": True}]},
        "is being changed by an update",
    ),
}


@pytest.mark.parametrize(("answers", "said"), REFUSED.values(), ids=REFUSED)
def test_nothing_is_taken_back_into(cloud, answers, said):
    """As in files: an import there would be of nobody, or be written over."""
    engine = cloud(**answers)

    with pytest.raises(OpsError, match=said):
        state.restore("staging", "6", yes=True)

    assert not imported(engine)
