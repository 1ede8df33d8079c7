"""The workflows: valid, hardened, and what they run is what the project has."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ops.commands import check
from ops.commands.app import app
from ops.commands.drift import FOUND, UNKNOWN
from ops.drift import drift_report
from ops.monitoring import check_reports as watch
from ops.monitoring.check_schedules import Period
from ops.preview.comment import read_plan, render
from toolchain import pairs

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")
PINS = {
    "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1": "v7.0.1",
    "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97": "v7.0.0",
    "actions/setup-node@820762786026740c76f36085b0efc47a31fe5020": "v7.0.0",
    "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f": "v7.0.0",
    "pulumi/actions@8e5e406f4007fca908480587cb9893c07090f58d": "v7.0.0",
    "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c": "v8.0.1",
}
"""Actions whose commit was looked up in their own repository, and the release it is."""

WRITES = {
    "acknowledge": ["statuses"],
    "check": ["issues"],
    "comment": ["pull-requests", "statuses"],
    "drift": ["issues"],
    "waiting": ["pull-requests"],
}
"""What a job may write, by its name; any other writes nothing."""

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path):
    document = yaml.safe_load(path.read_text())
    document["on"] = document.pop(True)  # YAML 1.1 reads the key `on` as a truth value
    return document


def jobs(path):
    """Return the jobs of a workflow that have steps: what it calls is a workflow of its own."""
    return [job for job in read(path)["jobs"].values() if "uses" not in job]


def steps(path):
    return [step for job in jobs(path) for step in job["steps"]]


def named(name):
    return ROOT / ".github" / "workflows" / name


def tool(*arguments):
    command = [Path(sys.executable).parent / arguments[0], *arguments[1:]]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_there_are_the_workflows_that_are_checked_here():
    assert [path.name for path in WORKFLOWS] == [
        "acknowledge.yml",
        "archive.yml",
        "check.yml",
        "comment.yml",
        "deploy.yml",
        "drift.yml",
        "oldest.yml",
        "preview.yml",
        "reap.yml",
        "test.yml",
    ]


def test_zizmor_finds_nothing():
    done = tool("zizmor", "--offline", "--persona", "auditor", ".github")

    assert done.returncode == 0, done.stdout
    assert "No findings to report" in done.stdout + done.stderr


@each_workflow
def test_has_the_form_that_github_reads(path):
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(path))

    assert done.returncode == 0, done.stdout


@each_workflow
def test_every_action_is_pinned_to_a_commit_that_is_known_with_its_release(path):
    used = re.findall(r"uses: (\S+) # (\S+)$", path.read_text(), re.MULTILINE)

    assert len(used) == sum("uses" in step for step in steps(path))
    for called in (job["uses"] for job in read(path)["jobs"].values() if "uses" in job):
        assert (ROOT / called.removeprefix("$/")).is_file()
    for action, release in used:
        assert PINNED.match(action)
        assert PINS[action] == release


@each_workflow
def test_nothing_is_permitted_but_what_a_job_names(path):
    assert read(path)["permissions"] == {}
    assert all(job["permissions"] for job in read(path)["jobs"].values())
    for name, job in read(path)["jobs"].items():
        assert "uses" in job or 0 < job["timeout-minutes"] <= 40
        writes = [scope for scope, level in job["permissions"].items() if level == "write"]
        assert writes == WRITES.get(name, [])


@each_workflow
def test_a_checkout_leaves_no_credential_and_a_pipe_hides_no_failure(path):
    checkouts = [step for step in steps(path) if "checkout" in step.get("uses", "")]

    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert read(path)["defaults"]["run"]["shell"] == "bash"
    assert read(path)["concurrency"]["group"]


@pytest.mark.parametrize("name", ["test.yml", "preview.yml"])
def test_code_of_a_pull_request_meets_no_secret(name):
    text = named(name).read_text()

    assert "secrets." not in text
    assert "github.token" not in text
    assert "pull_request_target" not in text
    assert read(named(name))["on"].keys() <= {"pull_request", "workflow_call"}


@pytest.mark.parametrize(
    ("name", "event"), [("comment.yml", "workflow_run"), ("acknowledge.yml", "issue_comment")]
)
def test_the_job_that_may_write_runs_nothing_of_the_pull_request(name, event):
    """FW-4: the code of the default branch, and no text of anybody in a shell."""
    document, listed = read(named(name)), steps(named(name))
    (checkout,) = [step for step in listed if "checkout" in step.get("uses", "")]

    assert list(document["on"]) == [event]
    assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"
    assert not any("${{" in step.get("run", "") for step in listed), "nothing is pasted"
    assert ".body" not in named(name).read_text(), "and no text of a comment is handed over"


def test_what_removes_stacks_runs_nothing_of_a_pull_request():
    """FW-4: the machine that keeps them checks nothing out, and asks GitHub which are open."""
    (step,) = steps(named("reap.yml"))

    assert "uses" not in step
    assert "${{" not in step["run"]
    assert "github.event" not in named("reap.yml").read_text()
    assert list(read(named("reap.yml"))["on"]["pull_request_target"]["types"]) == ["closed"]


def test_what_is_commented_is_what_was_previewed():
    (followed,) = read(named("comment.yml"))["on"]["workflow_run"]["workflows"]

    assert followed == read(named("preview.yml"))["name"]


PLANS = {
    "preview.yml": ("preview.yml", "comment.yml"),
    "deploy.yml": ("deploy.yml", "deploy.yml"),
}


@pytest.mark.parametrize(("writer", "reader"), PLANS.values(), ids=PLANS)
def test_the_plan_that_is_read_is_that_of_the_same_attempt(writer, reader):
    """FW-4: a run keeps the plans of its earlier attempts under their names, and hands out any."""
    given = {
        step["with"]["name"]
        for step in steps(named(writer))
        if "/upload-art" in step.get("uses", "")
    }
    (read_by,) = [step["with"] for step in steps(named(reader)) if "/download-" in str(step)]
    taken = read_by.get("name") or read_by["pattern"]

    assert all("github.run_attempt" in name for name in given)
    assert {taken.replace("github.event.workflow_run.", "github.")} == given


@pytest.mark.parametrize("path", ["comment.yml", "acknowledge.yml"])
def test_what_runs_beside_untrusted_data_needs_nothing_but_python(path):
    (command,) = [step["run"] for step in steps(named(path)) if "run" in step]
    asked = re.match(r"python3 -m (ops\.pull_request) (\w+) ", command)
    assert asked

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(ROOT), asked[2], "--help"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"usage: python -m {asked[1]} {asked[2]}" in done.stdout


ALONE = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from ops.pull_request.__main__ import main; sys.exit(main(sys.argv[2:]))"
)


def test_when_nothing_was_previewed_the_comment_says_so(tmp_path):
    """However early the job ends: the plan is there from its first step on."""
    first = steps(named("preview.yml"))[0]["run"]
    subprocess.run(["bash", "-euc", first], env={"RUNNER_TEMP": str(tmp_path)}, check=True)

    comment = render(read_plan(tmp_path / "plan.json"))

    assert "**The preview failed.**" in comment
    assert "the log of the job says why" in comment


@each_workflow
def test_what_is_run_is_there(path):
    asked_of_ops = re.findall(r"-m ops ([a-z-]+)", path.read_text())
    groups = {each.name for each in app.registered_groups}
    assert set(asked_of_ops) <= groups | {each.name for each in app.registered_commands}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for step in steps(path):
        for line in step.get("run", "").splitlines():
            words = line.split()
            if words[:1] == ["make"]:
                asked = [word for word in words[1:] if re.fullmatch("[a-z]+", word)]
                assert targets.issuperset(set(asked) - {"base", "tee", "true"}), line


def test_the_tests_run_with_the_official_engine_and_plugin():
    (job,) = [job for job in jobs(named("test.yml")) if "CHITTYOS_PLUGIN" in job.get("env", {})]

    assert job["env"]["CHITTYOS_PLUGIN"] == "official"
    assert any(step.get("run") == ".ci/run" for step in job["steps"])


def test_the_oldest_pair_is_tested_every_week_with_the_official_engine():
    document = read(named("oldest.yml"))
    (job,) = document["jobs"].values()
    engine = pairs.OLDEST.engine.rpartition(".")[0].replace(".", r"\.")

    assert document["on"]["schedule"]
    assert (job["env"]["CHITTYOS_ENGINE"], job["env"]["CHITTYOS_PLUGIN"]) == ("oldest", "official")
    assert any(step.get("run") == ".ci/run" for step in job["steps"])
    assert any(f"^engine: Pulumi {engine}" in step.get("run", "") for step in job["steps"])


def test_plain_pulumi_previews_what_make_up_brought_up():
    runs = [step.get("run", "") for step in steps(named("test.yml"))]
    (preview,) = [run for run in runs if "pulumi preview" in run]

    assert preview.splitlines() == [
        'eval "$(.venv/bin/python -m ops env development)"',
        "pulumi preview",
    ]
    assert "make up" in runs[runs.index(preview) - 1]


MARKED = drift_report.MARKER.format("staging")
GH = """#!/bin/sh
echo "$@" >> "$RUNNER_TEMP/asked"
case "$*" in *state=open*) printf '%s' "$KNOWN" ;; esac
"""
"""Stands for GitHub's command: it notes what it is asked, and knows the issues of `KNOWN`."""


def told(folder, workflow, found, **environment):
    """Run the step of *workflow* that keeps an issue, and return what it asks of GitHub."""
    (step,) = [s for s in steps(named(workflow)) if "GH_TOKEN" in s.get("env", {})]
    (folder / "gh").write_text(GH)
    (folder / "gh").chmod(0o700)
    (folder / "found").write_text(f"{found}\n")
    environment |= {"PATH": f"{folder}:/usr/bin:/bin", "RUNNER_TEMP": str(folder)}
    environment |= {"GITHUB_REPOSITORY": "o/r", "STACK": "staging"}
    subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], env=environment, check=True)
    return (folder / "asked").read_text().splitlines()


@pytest.mark.parametrize(
    ("found", "known", "asked"),
    [
        ("3", "", "--method POST repos/o/r/issues -f title=Drift: staging -F body=@"),
        ("3", "7\n9\n", "--method PATCH repos/o/r/issues/7 -F body=@"),
        ("0", "7\n", "-f state=closed"),
        ("0", "", None),
    ],
    ids=["opened", "renewed", "closed", "nothing to do"],
)
def test_drift_has_one_issue_a_stack_opened_renewed_and_closed(tmp_path, found, known, asked):
    listed, *written = told(tmp_path, "drift.yml", found, KNOWN=known)

    assert f'select((.body // "") | startswith("{MARKED}"))' in listed
    assert [asked in each for each in written] == ([True] if asked else [])


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
    ("found", "known", "asked"),
    [
        ("1", "", "--method POST repos/o/r/issues -f title=The weekly check: staging -F body=@"),
        ("3", "7\n9\n", "--method PATCH repos/o/r/issues/7 -F body=@"),
        ("4", "", "--method POST repos/o/r/issues"),
        ("0", "7\n", "-f state=closed"),
        ("0", "", None),
    ],
    ids=["a fault", "a warning that goes on", "not known", "closed", "nothing to do"],
)
def test_a_check_has_one_issue_a_stack_and_period(tmp_path, found, known, asked):
    """CC-15: what a check on a schedule finds is told in one place, and no longer than it is so."""
    listed, *written = told(tmp_path, "check.yml", found, KNOWN=known, PERIOD="weekly")

    assert f'select((.body // "") | startswith("{CHECKED}"))' in listed
    assert [asked in each for each in written] == ([True] if asked else [])


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
