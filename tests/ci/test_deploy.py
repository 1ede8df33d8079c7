"""What is on main is deployed in four phases, each with what it needs and no more (ID-5)."""

import subprocess

import pytest

from tests.ci.test_workflows import jobs, named, read, steps

STACKS = ["staging", "production"]
PHASES = ["review", "ecosystem", "deployment", "smoke"]


def test_main_is_deployed_in_the_four_phases_of_the_source():
    """Each begins when the one before has passed; without an account there is a review."""
    document = read(named("deploy.yml"))
    phases = document["jobs"]

    waiting = phases.pop("waiting")
    assert list(phases) == PHASES
    assert [job.get("needs") for job in phases.values()] == [None, *PHASES[:-1]]
    only = "vars.DEPLOY == 'on' && github.ref == 'refs/heads/main'"
    assert [job.get("if") for job in phases.values()] == [None, only, None, None]
    assert (waiting["needs"], waiting["if"][:9]) == ("deployment", "failure()")
    assert phases["review"]["uses"] == "$/.github/workflows/test.yml"
    assert document["on"]["push"] == {"branches": ["main"]}
    assert document["on"]["workflow_dispatch"]["inputs"]["stack"]["options"] == STACKS
    assert document["concurrency"]["cancel-in-progress"] is False


def test_a_review_looks_for_ids_that_stand_in_code():
    (job,) = [job for job in jobs(named("test.yml")) if "CHITTYOS_PLUGIN" in job.get("env", {})]

    assert any(step.get("run", "").endswith("-m ops hardcoded-ids") for step in job["steps"])


@pytest.mark.parametrize(
    ("accept", "asked"),
    [
        ("", "up staging --yes --accepted T/accepted --json T/plan.json"),
        ("4f2a", "up staging --accept 4f2a --json T/plan.json"),
    ],
    ids=["as the pull request agrees to", "as it was agreed to by hand"],
)
def test_what_loses_data_is_deployed_as_it_was_agreed_to_alone(tmp_path, accept, asked):
    (step,) = [s for s in steps(named("deploy.yml")) if s.get("name") == "Bring it up"]
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o700)
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

    assert [len(names) for names in seen.values()] == [0, 0, 1, 0, 1]
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


@pytest.mark.parametrize("file", ["deploy.yml", "drift.yml"])
def test_where_a_state_is_reached_its_keys_are_at_hand(file):
    reaching = [s["env"] for s in steps(named(file)) if "PULUMI_BACKEND_URL" in s.get("env", {})]

    assert reaching
    for env in reaching:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "PULUMI_ACCESS_TOKEN"):
            assert env[name] == f"${{{{ secrets.{name} }}}}"
