"""FW-4: what a deployment waits for is written where it is agreed to."""

import json

import pytest

from ops.preview.comment import marker_of
from ops.preview.plan_digest import digest_of
from tests.ops.pull_request.test_acceptance import MERGED
from tests.ops.pull_request.test_comment_and_gate import BROKEN, CALM, LOSES, LOSES_MORE, SHA


@pytest.fixture
def wait(github, job, tmp_path, capsys):
    """Do what both jobs do with a plan; return what was said, and the comments there are."""

    def do(plan, merged="beef"):
        given, text = tmp_path / "plan.json", tmp_path / "waiting.md"
        given.write_text(json.dumps(plan))
        options = ("--merged", merged, "--stack", "staging")
        assert job("waiting", given, *options) == 0
        printed = capsys.readouterr()
        text.write_text(printed.out)
        assert not printed.out or job("post", text, *options) == 0
        return printed.err + capsys.readouterr().err, github.comments.get(7, [])

    github.open(7, SHA, **MERGED)
    return do


def test_the_plan_of_a_deployment_stands_beside_that_of_the_pull_request(github, wait):
    github.say(7, f"{marker_of()}\nthe preview", "github-actions[bot]")

    for _ in range(2):
        said, (preview, plan) = wait(LOSES)

    assert said == ""
    assert preview["body"].endswith("the preview")
    assert plan["body"].startswith("<!-- chittyos-preview staging -->\n## Plan for staging\n")
    assert f"accept {digest_of(LOSES)}" in plan["body"]
    assert github.statuses == {}


NO_WORD = "staging waits for no word: the log says why it failed\n"


def test_a_deployment_that_failed_in_another_way_waits_for_no_word(wait):
    assert wait(CALM) == (NO_WORD, [])


def test_a_deployment_that_failed_after_it_was_agreed_to_is_not_asked_for_again(github, wait):
    word = github.say(7, f"accept {digest_of(LOSES)}")

    assert wait(LOSES) == (NO_WORD, [word])
    assert len(wait(LOSES_MORE)[1]) == 2, "another plan waits"


def test_what_a_policy_stops_is_written_there_as_well(wait):
    _, (comment,) = wait(BROKEN)

    assert "**The preview failed.**" in comment["body"]


def test_a_commit_of_no_pull_request_is_agreed_to_by_hand(wait):
    said, comments = wait(LOSES, "f00d")

    assert comments == []
    assert said == "no pull request brought f00d: agree where the workflow is started by hand\n"


@pytest.mark.parametrize("text", ["a word", "<!-- chittyos-preview -->\nof another stack", None])
def test_a_text_that_is_no_comment_on_the_stack_is_not_written(github, job, tmp_path, capsys, text):
    github.open(7, SHA, **MERGED)
    path = tmp_path / "waiting.md"
    if text is not None:
        path.write_text(text)

    assert job("post", path, "--merged", "beef", "--stack", "staging") == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert github.comments == {}


STACK = ("--merged", "beef", "--stack", "staging")


def test_what_was_deployed_waits_for_no_word_any_more(github, job, wait):
    """In the pull request that was merged and in those before it, and once."""
    github.say(5, f"{marker_of('staging')}\n## Plan for staging\naccept", "github-actions[bot]")
    wait(LOSES)

    assert job("deployed", *STACK) == 0
    done = "Deployed on staging, with all that came before it: commit `beef`."
    for (comment,) in github.comments.values():
        assert comment["body"] == f"{marker_of('staging')}\n{done}\n"
    asked = len(github.asked)
    assert job("deployed", *STACK) == 0
    assert len(github.asked) == asked + 1, "what is done is not written again"


OTHERS = {
    "of another stack": (marker_of("staging-sync"), "github-actions[bot]"),
    "of the pull request": (marker_of(), "github-actions[bot]"),
    "of somebody else": (marker_of("staging"), "alice"),
}


@pytest.mark.parametrize(("marker", "by"), OTHERS.values(), ids=OTHERS)
def test_what_else_is_said_stays_when_a_stack_is_deployed(github, job, marker, by):
    comment = github.say(7, f"{marker}\naccept", by)

    assert job("deployed", *STACK) == 0
    assert comment["body"] == f"{marker}\naccept"


def test_a_plan_that_waits_again_is_written_in_the_same_comment(job, wait):
    wait(LOSES)
    job("deployed", *STACK)

    _, comments = wait(LOSES_MORE)

    assert len(comments) == 1
    assert f"accept {digest_of(LOSES_MORE)}" in comments[0]["body"]


@pytest.fixture
def pushed_again(github, monkeypatch):
    """Give a function that has another commit be the newest, and that push be run again."""

    def again(attempt):
        github.newest = "f00d"
        monkeypatch.setenv("GITHUB_EVENT_NAME", "push")
        monkeypatch.setenv("GITHUB_RUN_ATTEMPT", attempt)

    return again


@pytest.mark.parametrize(("attempt", "written"), [("1", True), ("2", False)])
def test_an_old_deployment_that_is_run_again_ends_no_newer_plan(
    job, wait, pushed_again, attempt, written
):
    _, (comment,) = wait(LOSES)
    pushed_again(attempt)

    assert job("deployed", *STACK) == 0
    assert ("Deployed on staging" in comment["body"]) is written


def test_nor_does_it_write_its_own_in_the_place_of_that(job, wait, pushed_again, tmp_path, capsys):
    _, (comment,) = wait(LOSES)
    (tmp_path / "old.md").write_text(f"{marker_of('staging')}\nan older plan")
    pushed_again("2")

    assert job("post", tmp_path / "old.md", *STACK) == 0
    assert "an older plan" not in comment["body"]
    assert "f00d came after beef" in capsys.readouterr().err
