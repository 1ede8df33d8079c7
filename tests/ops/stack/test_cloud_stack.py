"""What is asked of Pulumi Cloud by the engine, and what its answers mean; none runs here."""

import json

import pytest

from ops.errors import OpsError
from ops.stack import cloud_stack
from ops.stack.cloud_stack import CloudStack, CloudVersion
from ops.state_store.address import Address

CLOUD = "https://api.pulumi.com"
NONE = "pulumi stack failed: stack tag 'chittyos:moved' not found for stack 'staging'"
HISTORY = [
    {"kind": "update", "version": 7, "result": "failed", "message": "more", "endTime": "soon"},
    {"kind": "import", "version": 6, "result": "succeeded"},
]


class Engine:
    """Answers by the command, and notes what it was asked for."""

    def __init__(self, **answers):
        self.answers = {"history": HISTORY, "ls": [], "tag": OpsError(NONE), **answers}
        self.asked = []

    def __call__(self, _executable, arguments, *, cwd, variables):
        assert variables == {"PULUMI_BACKEND_URL": CLOUD}
        assert (cwd / "Pulumi.yaml").read_text().startswith("name: chittyos\n")
        self.asked.append(" ".join(arguments))
        answer = self.answers.get(arguments[1] if arguments[0] == "stack" else arguments[0], "")
        if isinstance(answer, OpsError) and "set" not in arguments:
            raise answer
        return json.dumps(answer, default=str) if not isinstance(answer, str) else answer


@pytest.fixture
def ask(monkeypatch, tmp_path):
    """Give a function that returns the stack in a cloud that answers, and its engine."""

    def make(origin="", **answers):
        engine = Engine(**answers)
        monkeypatch.setattr(cloud_stack, "pulumi", engine)
        return CloudStack(Address(CLOUD, origin), "staging", tmp_path), engine

    return make


def test_only_the_stack_of_this_project_in_the_default_organization_is_meant(ask):
    others = [{"name": "other/staging"}, {"name": "other/chittyos/staging"}, {"name": "dev"}]

    assert not ask(ls=others)[0].exists()
    assert ask(ls=[*others, {"name": "staging"}])[0].exists()


def test_the_stacks_of_the_project_that_are_left_there_are_named(ask):
    listed = [{"name": "production"}, {"name": "other/staging"}, {"name": "dev"}]

    assert ask(ls=listed)[0].left() == ["dev", "production"]
    assert ask(ls=listed, tag="7 s3://new\n")[0].left() == []


def test_a_stack_that_is_changed_is_said_with_what_ends_it(ask):
    ask(ls=[{"name": "staging", "updateInProgress": False}])[0].refuse_busy()

    with pytest.raises(OpsError, match=r"at https://api.*python -m ops state unlock staging"):
        ask(ls=[{"name": "staging", "updateInProgress": True}])[0].refuse_busy()


def test_a_moved_state_is_noted_with_its_version_and_address(ask):
    stack, engine = ask()

    stack.mark_moved("s3://states?region=auto", 7)

    assert engine.asked[-1] == (
        "stack tag set chittyos:moved 7 s3://states?region=auto --stack staging"
    )
    assert stack.moved_to() is None
    with pytest.raises(OpsError, match="at most 256 characters"):
        stack.version_to_move(f"s3://states/{'a' * 256}")


def test_what_was_deployed_while_the_state_was_copied_is_not_marked_as_moved(ask):
    """FW-4: the copy lacks it, and `forget` would have deleted it with the old state."""
    stack, engine = ask()

    with pytest.raises(OpsError, match=r"was deployed at https://api.* the copy lacks that"):
        stack.mark_moved("s3://new", 6)

    assert not any("set" in asked for asked in engine.asked)


def test_a_state_is_not_copied_while_an_update_changes_it(ask):
    """Its version has a number already, so that its end would not be seen."""
    busy = [{"name": "staging", "updateInProgress": True}]

    assert ask()[0].version_to_move("s3://new") == 7
    with pytest.raises(OpsError, match="is being changed by an update"):
        ask(ls=busy)[0].version_to_move("s3://new")


@pytest.mark.parametrize(
    ("origin", "remedy"),
    [
        ("pulumi login", "pulumi login 's3://new'"),
        ("PULUMI_BACKEND_URL", "set PULUMI_BACKEND_URL to that"),
    ],
)
def test_no_command_goes_by_a_state_that_was_moved_away(ask, origin, remedy):
    moved, _ = ask(origin, tag="7 s3://new\n")

    with pytest.raises(OpsError) as refused:
        moved.refuse_moved()

    assert str(refused.value).endswith(f"it was moved to s3://new; {remedy}")


@pytest.mark.parametrize(("noted", "went_on"), [(7, False), (6, True)])
def test_what_was_deployed_after_a_move_is_seen_by_its_version(ask, noted, went_on):
    assert ask(tag=f"{noted} s3://new")[0].went_on() is went_on


def test_a_tag_that_somebody_else_has_written_is_no_move(ask):
    with pytest.raises(OpsError, match="pulumi stack tag rm chittyos:moved --stack staging"):
        ask(tag="by hand")[0].moved_to()


def test_a_service_that_does_not_answer_is_no_stack_that_was_never_moved(ask):
    with pytest.raises(OpsError, match="no route to host"):
        ask(tag=OpsError("no route to host"))[0].refuse_moved()
    assert ask(tag=OpsError("no stack named 'staging' found"))[0].moved_to() is None


def test_an_update_is_described_by_its_kind_its_result_and_its_message():
    failed = CloudVersion(7, "update", "failed", "more", "2026-11-30T13:00:00.000Z")

    assert failed.described == "update, failed: more"
    assert failed.when == "2026-11-30 13:00:00"
    assert CloudVersion(1, "import", "succeeded").described == "import"
    assert CloudVersion(1, "import", "in-progress").when == ""
