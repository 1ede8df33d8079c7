"""Whole flows of the workflows: their own shell, against a GitHub on loopback (FW-4, CC-15, ID-5).

Each job has a token with its own `permissions:` and no more.
"""

import json
import shutil
import subprocess
from dataclasses import dataclass

import pytest

from lookalikes.github.repository import BOT, Repository
from lookalikes.github.server import serving
from ops.drift import drift_report
from ops.monitoring import check_reports as watch
from ops.preview.comment import marker_of
from ops.preview.plan_digest import digest_of
from ops.pull_request.merge_gate import CONTEXT
from tests.ci.runner import Runner, needs_jq
from tests.ops.pull_request.test_comment_and_gate import CALM, LOSES, LOSES_MORE, SHA
from tests.ops.pull_request.test_several_stacks import SAME

pytestmark = needs_jq

MERGED = {"merged_at": "2026-11-30T07:00:00Z", "merge_commit_sha": "beef", "state": "closed"}
PEOPLE = {"alice": "write", "reader": "read"}
EVENT = {
    "github.event.workflow_run.head_repository.owner.login": "alice",
    "github.event.workflow_run.head_branch": "change",
    "github.event.workflow_run.head_sha": SHA,
    "github.event.workflow_run.id": "1",
    "github.event.workflow_run.run_attempt": "1",
    "github.event.repository.default_branch": "main",
    "github.event.pull_request.number": "7",
    "github.event.issue.number": "7",
    "github.event.pull_request.head.sha": SHA,
}
UP = {"matrix.stack": "staging", "inputs.stack || 'staging'": "staging"}
UP["(inputs.accepted || inputs.stack) == matrix.stack && inputs.accept || ''"] = ""


MAKEFILE = "up setup down python:\n\t@echo $@ >> asked\n"


@pytest.fixture
def runner(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "Makefile").write_text(MAKEFILE)
    with serving(Repository(permissions={**PEOPLE})) as github:
        yield Runner(tmp_path, github, given={**EVENT, **UP})


GIT = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
OPS_OF_A_PREVIEW = """
case "$3" in
  stacks) echo '[["development"], ["development-sync"]]' ;;
  up) echo "up $4" >> asked ;;
  preview) cp "$FILES/$4.json" "$6"; test ! -e "$FILES/$4.fails" || test "${PWD##*/}" = base ;;
esac
"""


@pytest.fixture
def preview(runner, tmp_path):
    """Give what previews plans by the names of their stacks, and then comments on them."""
    head, files = tmp_path / "work" / "head", tmp_path / "files"
    head.mkdir()
    files.mkdir()
    (head / "Makefile").write_text(MAKEFILE)
    (head / ".gitignore").write_text(".venv\nops\ncommon\nasked\n")
    for words in (["init", "-qb", "main"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*GIT, *words], cwd=head, check=True)
    runner.github.open(7, SHA)
    runner.given["github.event.pull_request.base.sha"] = "HEAD"
    runner.ops = OPS_OF_A_PREVIEW

    def previewed(**plans):
        shutil.rmtree(head.parent / "base", ignore_errors=True)
        shutil.rmtree(head / ".local", ignore_errors=True)
        subprocess.run(["git", "worktree", "prune"], cwd=head, check=True)
        for name, plan in plans.items():
            (files / f"{name}.json").write_text(json.dumps(plan))
        runner.ops = f"mkdir -p .local; FILES={files}\n{OPS_OF_A_PREVIEW}"
        passed = runner.run("preview.yml", "preview")
        assert runner.run("comment.yml", "comment"), runner.said
        return passed

    return previewed


def checks(runner):
    return {each["context"]: each["state"] for each in reversed(runner.github.statuses[SHA])}


def test_a_pull_request_is_previewed_commented_once_and_agreed_to(runner, preview):
    """From the merge base to the check, in a comment that is edited in place."""
    assert preview(**{"development": LOSES, "development-sync": SAME})
    (comment,) = runner.github.comments[7]
    assert comment["user"]["login"] == BOT
    assert "## Preview of development\n" in comment["body"]
    assert "No changes of development-sync: " in comment["body"]

    for by, body in (("reader", LOSES), ("alice", LOSES_MORE)):
        runner.github.say(7, f"accept {digest_of(body)}", by)
        assert runner.run("acknowledge.yml", "acknowledge")
        assert checks(runner)[CONTEXT] == "pending", "who may not write, and a hash of before"
    runner.github.say(7, f"accept {digest_of(LOSES)}")
    assert runner.run("acknowledge.yml", "acknowledge")
    assert set(checks(runner).values()) == {"success"}

    assert preview(**{"development": SAME, "development-sync": SAME})
    assert runner.github.comments[7][0]["body"].count("\nNo changes of ") == 2
    assert [each["user"]["login"] for each in runner.github.comments[7]].count(BOT) == 1


def test_every_stack_of_the_merge_base_is_up_before_the_head_is_previewed(preview, tmp_path):
    preview(**{"development": CALM, "development-sync": CALM})

    assert (tmp_path / "work" / "base" / "asked").read_text() == "up\nup development-sync\ndown\n"


def test_a_preview_that_fails_of_one_stack_says_so_and_shows_the_other(runner, preview, tmp_path):
    failing = {"diagnostics": [{"severity": "error", "message": "no such zone"}]}
    (tmp_path / "files" / "development.fails").touch()

    assert not preview(**{"development": failing, "development-sync": LOSES})
    (comment,) = runner.github.comments[7]
    assert "no such zone" in comment["body"]
    assert f"accept {digest_of(LOSES)}" in comment["body"]
    assert checks(runner)[CONTEXT] == "failure"


def test_a_preview_that_was_cancelled_and_run_again_ends_with_one_comment(runner, preview):
    preview(**{"development": CALM, "development-sync": CALM})
    assert not runner.run("comment.yml", "comment", stop_after="Fetch the plan")
    assert runner.run("comment.yml", "comment")

    assert len(runner.github.comments[7]) == 1


PLANNED = """
for word in "$@"; do
  case "$before" in --out) file=$word ;; --accepted) given=$word ;; esac
  before=$word
done
echo '{plan}' > "$file"
grep -qx '{digest}' "$given"
"""


@pytest.fixture
def deploy(runner):
    """Give what deploys a plan that needs a word, and says what came of it."""
    runner.github.open(7, SHA, **MERGED)
    runner.ops = PLANNED.format(plan=json.dumps(LOSES), digest=digest_of(LOSES))

    def deployed(attempt=1, **more):
        runner.attempt = attempt
        done = runner.run("deploy.yml", "deployment", **more)
        runner.run("deploy.yml", "outcome")
        return done

    return deployed


def said(runner):
    return [each["body"] for each in runner.github.comments[7] if each["user"]["login"] == BOT]


def test_a_deployment_waits_for_a_word_and_says_when_it_is_done(runner, deploy):
    """It stops with nothing changed; agreed to and run again it is done, and nothing waits."""
    assert not deploy()
    (text,) = said(runner)
    assert text.startswith(f"{marker_of('staging')}\n## Plan for staging\n")
    assert f"accept {digest_of(LOSES)}" in text

    runner.github.say(7, f"accept {digest_of(LOSES)}", "reader")
    assert not deploy(attempt=2)
    runner.github.say(7, f"accept {digest_of(LOSES)}")
    assert deploy(attempt=3)
    (text,) = said(runner)
    assert text == (
        f"{marker_of('staging')}\n"
        "Deployed on staging, with all that came before it: commit `beef`.\n"
    )


@pytest.mark.usefixtures("deploy")
def test_what_came_of_it_is_written_by_a_later_attempt_as_well(runner):
    """Re-run failed jobs: where GitHub did not answer, that job alone is run again."""
    runner.run("deploy.yml", "deployment")
    runner.attempt = 2

    assert runner.run("deploy.yml", "outcome")
    assert f"accept {digest_of(LOSES)}" in said(runner)[0]


def test_a_deployment_that_was_cancelled_says_nothing_and_is_run_again(runner, deploy):
    runner.run("deploy.yml", "deployment", stop_after="Bring it up")
    assert runner.run("deploy.yml", "outcome")
    assert 7 not in runner.github.comments

    runner.github.say(7, f"accept {digest_of(LOSES)}")
    assert deploy(attempt=2)
    assert said(runner) == []


def test_what_was_overtaken_is_not_deployed_again(runner, deploy):
    runner.github.newest = "cafe"
    runner.github.say(7, f"accept {digest_of(LOSES)}")

    assert not deploy(attempt=2)
    assert said(runner) == []


TOLD = {
    "drift": (
        drift_report.MARKER.format("staging"),
        "Drift: staging",
        "Compare",
        {"found": 3, "none": 0},
    ),
    "check": (
        watch.MARKER.format("weekly", "staging"),
        "The weekly check: staging",
        "Check",
        {"found": 1, "none": 0},
    ),
}


PERIOD = (
    "github.event.schedule == '23 8 1 * *' && 'monthly' || github.event.schedule == '23 7 * * 1' "
    "&& 'weekly' || inputs.period || 'daily'"
)


@dataclass
class Look:
    """What looks at staging, by one of the workflows."""

    runner: Runner
    name: str

    @property
    def title(self):
        return TOLD[self.name][1]

    def text(self, said):
        return f"{TOLD[self.name][0]}\n{said}\n"

    def find(self, what, said, *, stopped=False):
        """Look; return whether the job passed, and the issues there are: state, title, text."""
        mark, _, step, codes = TOLD[self.name]
        self.runner.ops = f"printf '%s\\n%s\\n' '{mark}' '{said}'; exit {codes.get(what, what)}"
        self.runner.given[PERIOD] = "weekly"
        stop_after = step if stopped else ""
        done = self.runner.run(f"{self.name}.yml", self.name, stop_after=stop_after)
        issues = self.runner.github.issues
        return done, [(each["state"], each["title"], each["body"]) for each in issues]


@pytest.fixture(params=TOLD)
def look(request, runner):
    return Look(runner, request.param)


def test_what_is_found_has_one_issue_that_is_renewed_and_closed(look):
    one, two, well = map(look.text, ("one", "two", "well"))
    assert look.find("found", "one") == (True, [("open", look.title, one)])
    assert look.find("found", "two") == (True, [("open", look.title, two)])
    assert look.find("none", "well") == (True, [("closed", look.title, well)])
    assert look.find("none", "well")[1][1:] == []


def test_what_could_not_be_looked_at_leaves_the_issue_as_it_is(look):
    look.find("found", "one")

    issues = [("open", look.title, look.text("one"))]
    assert look.find(70, "nothing is known") == (False, issues)


def test_a_run_that_was_cancelled_and_run_again_ends_with_one_issue(look):
    assert look.find("found", "one", stopped=True) == (False, [])

    assert look.find("found", "two")[1] == [("open", look.title, look.text("two"))]
