"""What stands for actions when a workflow is run by hand takes what the workflows give them."""

import pytest
import yaml

from harness.workflows import STAND_INS, actions, stand_in_of, without_calls
from tests.ci.test_workflows import WORKFLOWS, steps


def inputs(action):
    return set(yaml.safe_load((stand_in_of(action) / "action.yml").read_text())["inputs"])


@pytest.mark.parametrize("action", sorted(actions()))
def test_every_action_that_is_used_has_a_stand_in_for_all_that_it_is_given(action):
    listed = [step for path in WORKFLOWS for step in steps(path) if step.get("uses") == action]

    assert listed
    assert {name for step in listed for name in step.get("with", {})} <= inputs(action)


def test_no_stand_in_is_left_over():
    used = {stand_in_of(each) for each in actions()}

    assert {each.parent for each in STAND_INS.glob("*/action.yml")} == used


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_each_workflow_runs_without_those_that_it_calls(path):
    jobs = yaml.safe_load(path.read_text())["jobs"]

    left = without_calls(jobs)

    assert left.keys() == {name for name, job in jobs.items() if "uses" not in job}
    for name, job in left.items():
        before = jobs[name].get("needs", [])
        before = {before} if isinstance(before, str) else set(before)
        assert set(job.get("needs", ())) == before & left.keys()
