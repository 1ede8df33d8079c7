"""The workflows: valid, hardened, and what they run is what the project has."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.main import get_group

from ops.commands.app import app
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
    "outcome": ["pull-requests"],
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


def handed(workflow, action):
    """Return what the steps of *workflow* that use *action* are given."""
    return [step["with"] for step in steps(named(workflow)) if f"/{action}" in str(step)]


def test_the_plan_that_is_read_is_that_of_the_same_attempt():
    """FW-4: a run keeps the plans of its earlier attempts under their names, and hands out any."""
    (given,) = handed("preview.yml", "upload-artifact@")
    (taken,) = handed("comment.yml", "download-artifact@")

    assert "github.run_attempt" in given["name"]
    assert taken["name"].replace("github.event.workflow_run.", "github.") == given["name"]


def test_what_came_of_a_deployment_is_that_of_its_newest_attempt():
    """Where the job that writes it is run again alone, nothing was handed over by that attempt."""
    (one,) = {each["name"] for each in handed("deploy.yml", "upload-artifact@")}
    (taken,) = handed("deploy.yml", "download-artifact@")

    assert one == "outcome_${{ github.run_attempt }}_${{ matrix.stack }}"
    assert taken["pattern"] == "outcome_*_${{ matrix.stack }}"
    assert taken["merge-multiple"] is True


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
    given = {"PATH": "/usr/bin:/bin", "RUNNER_TEMP": str(tmp_path)}
    subprocess.run(["bash", "-euc", first], env=given, check=True)

    comment = render(read_plan(tmp_path / "plans" / "development.json"))

    assert "**The preview failed.**" in comment
    assert "the log of the job says why" in comment


@each_workflow
def test_what_is_run_is_there(path):
    asked_of_ops = re.findall(r"-m ops ([a-z-]+)", path.read_text())
    assert set(asked_of_ops) <= set(get_group(app).commands)
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
