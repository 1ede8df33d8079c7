"""What is on main is deployed in four phases, each with what it needs and no more (ID-5)."""

import json
import os
import subprocess

import pytest

from tests.ci.runner import needs_jq
from tests.ci.test_workflows import jobs, named, read, steps

STACKS = ["staging", "production"]
PHASES = ["review", "ecosystem", "deployment", "beside", "smoke"]
"""The four, of which the deployment has two turns: owners of zones, and their guests beside."""

NEEDS = [
    None,
    "review",
    "ecosystem",
    ["ecosystem", "deployment"],
    ["ecosystem", "deployment", "beside"],
]


def test_main_is_deployed_in_the_four_phases_of_the_source():
    """Each begins when the one before has passed; without an account there is a review."""
    document = read(named("deploy.yml"))
    phases = document["jobs"]

    outcome = phases.pop("outcome")
    assert list(phases) == PHASES
    assert [job.get("needs") for job in phases.values()] == NEEDS
    only = "vars.DEPLOY == 'on' && github.ref == 'refs/heads/main'"
    conditions = [job.get("if") for job in phases.values()]
    assert conditions[:4] == [None, only, None, "needs.ecosystem.outputs.beside != '[]'"]
    assert "needs.deployment.result == 'success'" in conditions[4]
    assert "needs.beside.result != 'failure'" in conditions[4]
    assert outcome["needs"] == NEEDS[4]
    assert outcome["if"] == "${{ !cancelled() && needs.ecosystem.result == 'success' }}"
    assert phases["review"]["uses"] == "$/.github/workflows/test.yml"
    assert document["on"]["push"] == {"branches": ["main"]}
    assert document["on"]["workflow_dispatch"]["inputs"]["stack"]["options"] == STACKS
    assert document["concurrency"]["cancel-in-progress"] is False


def test_a_review_looks_for_ids_that_stand_in_code():
    (job,) = [job for job in jobs(named("test.yml")) if "CHITTYOS_PLUGIN" in job.get("env", {})]

    assert any(step.get("run", "").endswith("-m ops hardcoded-ids") for step in job["steps"])


TURNS = {
    "one stack": ([["staging"]], ["staging"], [], ["staging"]),
    "cut into stacks": (
        [["staging"], ["staging-a", "staging-b"]],
        ["staging"],
        ["staging-a", "staging-b"],
        ["staging", "staging-a", "staging-b"],
    ),
}


@needs_jq
@pytest.mark.parametrize(("turns", "first", "beside", "all_of_them"), TURNS.values(), ids=TURNS)
def test_stacks_are_deployed_in_turns_and_all_of_them_asked(
    tmp_path, turns, first, beside, all_of_them
):
    """FW-4: each job of a matrix is a stack; what `ops stacks` says is what is deployed."""
    (step,) = [s for s in steps(named("deploy.yml")) if s.get("id") == "turns"]
    _python(tmp_path, f"echo '{json.dumps(turns)}'")
    output = tmp_path / "output"
    given = {"PATH": os.environ["PATH"], "ENVIRONMENT": "staging", "GITHUB_OUTPUT": str(output)}
    run = ["bash", "-eo", "pipefail", "-c", step["run"]]
    subprocess.run(run, cwd=tmp_path, env=given, check=True)

    pairs = (line.split("=", 1) for line in output.read_text().splitlines())
    said = {name: json.loads(value) for name, value in pairs}
    assert said == {"first": first, "beside": beside, "all": all_of_them}
    found = read(named("deploy.yml"))["jobs"]
    matrices = [found[name]["strategy"]["matrix"]["stack"] for name in PHASES[2:]]
    outputs = ("first", "beside", "all")
    assert matrices == [f"${{{{ fromJSON(needs.ecosystem.outputs.{it}) }}}}" for it in outputs]


@needs_jq
@pytest.mark.parametrize(("accepted", "code"), [("", 0), ("staging-b", 0), ("staging-c", 1)])
def test_a_hash_for_a_stack_that_is_none_is_refused_before_anything_is_deployed(
    tmp_path, accepted, code
):
    (step,) = [s for s in steps(named("deploy.yml")) if s.get("id") == "turns"]
    _python(tmp_path, f"echo '{json.dumps(TURNS['cut into stacks'][0])}'")
    given = {"PATH": os.environ["PATH"], "ENVIRONMENT": "staging", "ACCEPTED": accepted}
    given |= {"GITHUB_OUTPUT": str(tmp_path / "output")}
    run = ["bash", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(run, cwd=tmp_path, env=given, capture_output=True, text=True, check=False)

    assert done.returncode == code
    assert ("staging-c is no stack of staging" in done.stderr) == bool(code)
    assert (tmp_path / "output").exists() == (not code)


def test_both_turns_are_deployed_by_the_same_steps():
    found = read(named("deploy.yml"))["jobs"]

    assert found["beside"]["steps"] == found["deployment"]["steps"]
    assert found["beside"]["environment"] == found["deployment"]["environment"]


def _python(folder, line):
    """Put something in the place of the Python of the project that says *line*."""
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{line}\n")
    python.chmod(0o700)


@pytest.mark.parametrize(
    ("accept", "asked"),
    [
        ("", "up staging --yes --accepted T/accepted --out T/plan.json"),
        ("4f2a", "up staging --accept 4f2a --out T/plan.json"),
    ],
    ids=["as the pull request agrees to", "as it was agreed to by hand"],
)
def test_what_loses_data_is_deployed_as_it_was_agreed_to_alone(tmp_path, accept, asked):
    step, _ = [s for s in steps(named("deploy.yml")) if s.get("name") == "Bring it up"]
    _python(tmp_path, 'echo "$@"')
    given = {"PATH": "/usr/bin:/bin", "STACK": "staging", "ACCEPT": accept, "RUNNER_TEMP": "T"}
    run = ["bash", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(run, cwd=tmp_path, env=given, capture_output=True, text=True, check=True)

    assert done.stdout == f"-m ops {asked}\n"


def test_each_secret_of_a_deployment_is_seen_by_the_one_step_that_needs_it():
    found = read(named("deploy.yml"))["jobs"]
    seen = {
        name: [step["name"] for step in job.get("steps", ()) if "secrets." in str(step)]
        for name, job in found.items()
    }

    assert [len(names) for names in seen.values()] == [0, 0, 1, 1, 0, 1]
    assert "secrets" not in found["review"]
    assert found["deployment"]["environment"].startswith("deploy-")
    assert found["smoke"]["environment"].startswith("drift-")


def test_what_was_agreed_to_is_read_where_no_secret_is_and_by_a_token_that_only_reads():
    """FW-4: what a pull request says is looked up for the commit that GitHub names."""
    deployment = read(named("deploy.yml"))["jobs"]["deployment"]
    (reads,) = [step for step in deployment["steps"] if "accepted --merged" in step.get("run", "")]

    assert deployment["permissions"] == {"contents": "read", "pull-requests": "read"}
    assert list(reads["env"]) == ["GH_TOKEN"]
    assert '--merged "$GITHUB_SHA"' in reads["run"]


@pytest.mark.parametrize("file", ["archive.yml", "check.yml", "deploy.yml", "drift.yml"])
def test_where_a_state_is_reached_its_keys_are_at_hand(file):
    reaching = [s["env"] for s in steps(named(file)) if "PULUMI_BACKEND_URL" in s.get("env", {})]

    assert reaching
    for env in reaching:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "PULUMI_ACCESS_TOKEN"):
            assert env[name] == f"${{{{ secrets.{name} }}}}"
