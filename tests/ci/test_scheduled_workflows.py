"""Workflows that look at stacks that run: drift, checks and archives, by day, week and month."""

import subprocess

import pytest

from ops.commands import check
from ops.commands.drift import FOUND, UNKNOWN
from ops.drift import drift_report
from ops.monitoring import check_reports as watch
from ops.monitoring.check_schedules import Period
from tests.ci.test_workflows import named, read, steps

MARKED = drift_report.MARKER.format("staging")


@pytest.mark.parametrize(
    ("code", "text", "ends"),
    [
        (0, MARKED, 0),
        (FOUND, MARKED, 0),
        (1, MARKED, 1),
        (UNKNOWN, MARKED, UNKNOWN),
        (FOUND, "error: a traceback", 1),
        (0, "", 1),
    ],
)
def test_what_could_not_be_compared_fails_the_job_and_touches_no_issue(tmp_path, code, text, ends):
    (step,) = [s for s in steps(named("drift.yml")) if s.get("name") == "Compare"]
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\nprintf '%s\\n' '{text}'\nexit {code}\n")
    python.chmod(0o700)
    environment = {"PATH": "/usr/bin:/bin", "RUNNER_TEMP": str(tmp_path), "STACK": "staging"}

    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]], cwd=tmp_path, env=environment, check=False
    )

    assert done.returncode == ends
    assert (tmp_path / "found").exists() == (ends == 0)


def test_drift_reads_with_a_token_that_no_other_step_sees():
    shown = [step for step in steps(named("drift.yml")) if "secrets." in str(step)]

    assert [step["name"] for step in shown] == ["Compare"]
    assert "pull_request" not in read(named("drift.yml"))["on"]


CHECKED = watch.MARKER.format("weekly", "staging")


@pytest.mark.parametrize(
    ("code", "text", "ends"),
    [
        *((code, CHECKED, 0) for code in check.CODES.values()),
        (1, "error: no such stack", 1),
        (130, CHECKED, 130),
        (0, "", 1),
    ],
)
def test_a_check_that_was_not_made_fails_the_job_and_touches_no_issue(tmp_path, code, text, ends):
    (step,) = [s for s in steps(named("check.yml")) if s.get("name") == "Check"]
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\nprintf '%s\\n' '{text}'\nexit {code}\n")
    python.chmod(0o700)
    environment = {
        "PATH": "/usr/bin:/bin",
        "RUNNER_TEMP": str(tmp_path),
        "STACK": "staging",
        "PERIOD": "weekly",
    }

    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]], cwd=tmp_path, env=environment, check=False
    )

    assert done.returncode == ends
    assert (tmp_path / "found").exists() == (ends == 0)


def test_each_period_of_a_check_has_its_schedule_and_secrets_are_of_one_step():
    workflow = read(named("check.yml"))
    crons = [each["cron"] for each in workflow["on"]["schedule"]]
    period = workflow["jobs"]["check"]["env"]["PERIOD"]
    shown = [step for step in steps(named("check.yml")) if "secrets." in str(step)]

    assert [f"'{cron}' && 'weekly'" in period for cron in crons] == [False, True, False]
    assert [f"'{cron}' && 'monthly'" in period for cron in crons] == [False, False, True]
    assert period.endswith("|| 'daily' }}")
    one = workflow["concurrency"]["group"].replace("check-", "", 1)
    assert one.split() == period.split(), "by hand and by schedule, one run of a period at a time"
    gate = workflow["jobs"]["stacks"]["if"]
    assert "CHECK_MONTHLY == 'on'" in gate
    assert f"schedule != '{crons[2]}' && inputs.period != 'monthly'" in gate
    assert workflow["on"]["workflow_dispatch"]["inputs"]["period"]["options"] == list(Period)
    assert [step["name"] for step in shown] == ["Check"]


@pytest.mark.parametrize("name", ["archive", "check", "drift"])
def test_what_looks_at_stacks_that_run_looks_at_all_that_an_environment_is_cut_into(name):
    found = read(named(f"{name}.yml"))["jobs"]

    assert found[name]["strategy"]["matrix"] == {
        "include": "${{ fromJSON(needs.stacks.outputs.all) }}"
    }
    assert found[name]["environment"] == f"{name}-${{{{ matrix.environment }}}}"
    (lists,) = [each for each in found["stacks"]["steps"] if each.get("id") == "all"]
    for environment in ("staging", "production"):
        assert f"ops stacks {environment} --json" in lists["run"]


@pytest.mark.parametrize(("to", "ends"), [("r2://logs/kept", 0), ("logs", 1), ("", 1)])
def test_logs_are_archived_where_they_stay(tmp_path, to, ends):
    (step,) = [each for each in steps(named("archive.yml")) if each.get("name") == "Archive"]
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@" > asked\n')
    python.chmod(0o700)
    environment = {"PATH": "/usr/bin:/bin", "STACK": "staging", "ARCHIVE_TO": to}

    command = ["bash", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=False)

    assert done.returncode == ends
    assert (tmp_path / "asked").exists() == (ends == 0)
    assert (
        ends or (tmp_path / "asked").read_text() == "-m ops archive staging --to r2://logs/kept\n"
    )
