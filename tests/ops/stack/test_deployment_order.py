"""FW-4: the stacks of an environment are deployed owners of zones first, each system once."""

import json
import shutil

import pytest
import yaml

from harness.clone import ROOT
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import deployment_order

REST = ["chittyconnect", "chittyid", "project_awareness", "onepassword_connect"]


@pytest.fixture
def paths(tmp_path):
    return Paths(tmp_path)


def write(paths, stack, systems=None, owner="staging", environment="staging", **more):
    config = {
        "chittyos:environment": environment,
        "chittyos:zones": [{"name": "chitty.cc", "owner": owner}],
        **({} if systems is None else {"chittyos:systems": systems}),
        **{f"chittyos:{key}": value for key, value in more.items()},
    }
    paths.tracked(stack).write_text(yaml.safe_dump({"config": config}))


def test_the_owner_of_a_zone_goes_before_its_guests(paths):
    write(paths, "staging-a", ["superinstance"])
    write(paths, "staging-b", ["onepassword_connect"])
    write(paths, "staging", REST[:3])

    found = deployment_order.read(paths, "staging")

    assert json.loads(deployment_order.document(found)) == [["staging"], ["staging-a", "staging-b"]]
    assert list(deployment_order.faults(found)) == []


def test_an_owner_in_another_environment_is_waited_for_by_nobody(paths):
    write(paths, "staging", owner="production")
    write(paths, "production", owner="production", environment="production")

    assert json.loads(deployment_order.document(deployment_order.read(paths, "staging"))) == [
        ["staging"]
    ]


def test_a_stack_of_a_pull_request_is_none_of_its_environment(paths):
    write(paths, "development", environment="development")
    write(paths, "pr-7", environment="development")

    assert [each.name for each in deployment_order.read(paths, "development")] == ["development"]


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_each_tracked_environment_is_one_stack_with_all_systems(paths, environment):
    for file in ROOT.glob("Pulumi.*.yaml"):
        shutil.copy(file, paths.root)

    found = deployment_order.read(paths, environment)

    assert json.loads(deployment_order.document(found)) == [[environment]]
    assert list(deployment_order.faults(found)) == []


def test_the_host_of_connect_is_in_its_own_stack_alone(paths):
    """A production that names no systems, and configures no host, has none of it."""
    shutil.copy(ROOT / "Pulumi.production.yaml", paths.root)
    write(paths, "production-connect", ["onepassword_connect"], "production", "production")

    assert list(deployment_order.faults(deployment_order.read(paths, "production"))) == []


def test_a_system_in_two_stacks_or_in_none_is_said(paths):
    write(paths, "staging", REST)
    write(paths, "staging-a", ["chittyid"])

    found = deployment_order.read(paths, "staging")

    assert list(deployment_order.faults(found)) == [
        (
            "chittyid is in staging and staging-a: name in chittyos:systems of each what it has, "
            "every system once"
        )
    ]
    assert deployment_order.missing(found) == ["superinstance"]


def test_an_owner_that_waits_for_another_is_refused(paths):
    """Two turns are what CI has: a guest's guest would come up before the rules of its zone."""
    write(paths, "staging", REST)
    write(paths, "staging-a", ["superinstance"])
    write(paths, "staging-b", [], owner="staging-a")

    (said,) = deployment_order.faults(deployment_order.read(paths, "staging"))

    assert "staging-b has a zone of staging-a, which itself has one of staging" in said


def test_a_rehearsal_is_no_stack_of_its_environment(paths):
    """It stands on the local Cloudflare, and has the systems that the real one has."""
    write(paths, "staging")
    write(paths, "trial", rehearsal=True)

    assert [each.name for each in deployment_order.read(paths, "staging")] == ["staging"]


WRONG = {
    "no environment": ("nowhere", "is no environment"),
    "no stack": ("staging", "no file here"),
}


@pytest.mark.parametrize(("environment", "text"), WRONG.values(), ids=WRONG)
def test_what_is_no_environment_is_refused(paths, environment, text):
    with pytest.raises(OpsError, match=text):
        deployment_order.read(paths, environment)
