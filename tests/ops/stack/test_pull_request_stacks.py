"""FW-4: which stacks of pull requests go, and that no other is ever looked at."""

import json
from datetime import UTC, datetime

import pytest

from ops.paths import PROJECT, Paths
from ops.stack import pull_request_stacks
from ops.stack.pull_request_stacks import Throwaway

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
OLD, NEW = "2026-11-20T11:59:00.123456789Z", "2026-11-30T05:59:00.5+00:00"


@pytest.fixture
def clone(tmp_path):
    """Give a clone in which states can be written."""
    folder = tmp_path / ".local" / "state" / ".pulumi" / "stacks" / PROJECT
    folder.mkdir(parents=True)

    def write(stack, time=OLD, environment="development"):
        latest = {"manifest": {"time": time}, "resources": []}
        (folder / f"{stack}.json").write_text(json.dumps({"checkpoint": {"latest": latest}}))
        (folder / f"{stack}.json.bak").write_text("{}")
        if environment:
            text = f"config:\n  chittyos:environment: {environment}\n"
            (tmp_path / f"Pulumi.{stack}.yaml").write_text(text)
        return Paths(tmp_path)

    return write


OTHERS = [
    *("development", "staging", "production", "pr-7-of-mine", "pr-", "pr-x", "pr-0", "pr-07"),
    *("pr7", "xpr-7", "pr-7x", "mine", "pr-9999999999"),
]


def test_a_stack_of_another_name_is_never_among_them(clone):
    for stack in OTHERS:
        paths = clone(stack)
    clone("pr-12")
    clone("pr-7")

    assert [each.stack for each in pull_request_stacks.found(paths)] == ["pr-7", "pr-12"]


def test_one_whose_file_says_that_it_is_no_stack_of_development_is_left_alone(clone):
    paths = clone("pr-7", environment="staging")

    assert list(pull_request_stacks.found(paths)) == []


def test_one_without_a_file_is_found_so_that_it_is_said(clone):
    paths = clone("pr-7", environment=None)

    assert [each.stack for each in pull_request_stacks.found(paths)] == ["pr-7"]


@pytest.mark.parametrize(
    ("time", "days", "still_open", "goes", "why"),
    [
        (NEW, 7, {8}, True, "pull request 7 is not open"),
        (NEW, 7, {7, 8}, False, "stays; last changed 6 hours ago"),
        (OLD, 7, {7, 8}, True, "last changed 10 days ago"),
        (OLD, 11, {7, 8}, False, "stays; last changed 10 days ago"),
        (OLD, 7, None, True, "last changed 10 days ago"),
        (NEW, 7, None, False, "stays; last changed 6 hours ago"),
        (NEW, 0, None, True, "last changed 6 hours ago"),
        ("never", 7, None, False, "stays; its state does not say when it was written"),
        ("never", 7, set(), True, "pull request 7 is not open"),
    ],
)
def test_it_goes_when_its_pull_request_is_closed_or_it_is_old(  # noqa: PLR0913, PLR0917
    clone, time, days, still_open, goes, why
):
    (each,) = pull_request_stacks.found(clone("pr-7", time))

    verdict = pull_request_stacks.judge(each, NOW, days, still_open)

    assert (verdict.goes, str(verdict)) == (goes, f"pr-7: {why}")


def test_a_state_that_cannot_be_read_keeps_its_stack(clone):
    paths = clone("pr-7")
    (paths.state / ".pulumi" / "stacks" / PROJECT / "pr-7.json").write_text("{")

    assert list(pull_request_stacks.found(paths)) == [Throwaway("pr-7", 7, None)]
