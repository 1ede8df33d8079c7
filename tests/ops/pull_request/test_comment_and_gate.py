"""FW-4: the comment is edited in place, and the check waits for a word on just that plan."""

import json

import pytest

from ops.preview.comment import marker_of
from ops.preview.plan_digest import digest_of
from ops.pull_request.merge_gate import CONTEXT
from tests.ops.preview.test_comment import BUCKET, QUEUE, step
from tests.ops.pull_request.test_acceptance import OTHER

CALM = {"steps": [step("create", QUEUE, "events")]}
LOSES = {"steps": [step("delete", BUCKET, "documents")]}
LOSES_MORE = {"steps": [*LOSES["steps"], step("delete", BUCKET, "more")]}
BROKEN = {"steps": [], "diagnostics": [{"severity": "error", "message": "no"}]}
SHA = "4f2a"


@pytest.fixture
def wrote(github, job, tmp_path):
    """Write a plan under the pull request, and return what the check says."""
    github.open(7, SHA)
    path = made(tmp_path)

    def write(plan, *options):
        path.write_text(json.dumps(plan))
        assert job("comment", path.parent, *options) == 0
        return state(github)

    return write


def made(folder, stack="development"):
    """Return the file of the plan of *stack* in the folder that a preview hands over."""
    (folder / "plans").mkdir(exist_ok=True)
    return folder / "plans" / f"{stack}.json"


def state(github):
    newest = github.statuses[SHA][0]
    assert newest["context"] == CONTEXT
    assert len(newest["description"]) <= 140, "GitHub takes no more"
    return newest["state"]


def ours(github):
    return [each for each in github.comments[7] if each["body"].startswith(marker_of())]


def test_the_comment_is_written_once_and_edited_in_place(github, wrote):
    github.say(7, f"{marker_of()} mine now", "nobody")
    github.say(7, "a word", "github-actions[bot]")

    wrote(CALM)
    wrote(LOSES)

    forged, written = ours(github)
    assert forged["body"].endswith("mine now"), "what others write is theirs"
    assert "### Data is lost" in written["body"]
    assert f"commit `{SHA}`" in written["body"]


def test_a_pull_request_that_has_moved_on_gets_no_comment(github, job, tmp_path, capsys):
    github.open(7, "newer")
    made(tmp_path).write_text(json.dumps(LOSES))

    assert job("comment", tmp_path / "plans") == 0
    assert "no open pull request stands at 4f2a any more" in capsys.readouterr().err
    assert github.comments == github.statuses == {}


@pytest.mark.parametrize(
    ("said", "number"), [("8", 8), ("7", 7), ("9", 7), ("", 7), ("\xff", 7), ("8" * 99, 7)]
)
def test_of_several_of_one_branch_the_preview_says_which_and_of_others_none(
    github, job, tmp_path, said, number
):
    """What a pull request says chooses among its own: 9 is of somebody else."""
    made(tmp_path).write_text(json.dumps(LOSES))
    (tmp_path / "number").write_bytes(said.encode("latin-1"))
    github.open(9, SHA, "mallory:change")
    github.open(7, SHA)
    github.open(8, SHA, base={"ref": "release"})

    assert job("comment", tmp_path / "plans", "--number", tmp_path / "number") == 0
    assert list(github.comments) == [number]
    assert bool(github.statuses) == (number == 7), "the check is that of the default branch"


@pytest.mark.parametrize(
    ("plan", "said"), [(CALM, "success"), (LOSES, "pending"), (BROKEN, "failure")]
)
def test_the_check_says_what_of_a_plan_has_to_be_agreed_to(wrote, plan, said):
    assert wrote(plan) == said


def test_a_word_settles_the_check_of_its_plan_and_of_no_other(github, wrote, job):
    """FW-4: bound to exactly that plan: what is agreed to does not pass on to the next one."""
    wrote(LOSES)
    github.say(7, f"accept {OTHER}")
    job("settle", 7)
    assert state(github) == "pending"

    github.say(7, f"accept {digest_of(LOSES)}")
    job("settle", 7)
    assert state(github) == "success"
    assert github.statuses[SHA][0]["description"].endswith("agreed to by alice")

    assert wrote(LOSES_MORE) == "pending"
    assert wrote(LOSES) == "success"


def test_a_word_that_is_edited_or_deleted_is_taken_back(github, wrote, job):
    word = github.say(7, f"accept {digest_of(LOSES)}")
    assert wrote(LOSES) == "success"

    word["updated_at"] = "2026-11-30T08:30:00Z"
    job("settle", 7)
    assert state(github) == "pending"
    assert "the word of alice was edited; write another" in github.statuses[SHA][0]["description"]

    github.comments[7].remove(word)
    github.say(7, f"accept {digest_of(LOSES)}", "owner")
    job("settle", 7)
    assert state(github) == "success"


def test_a_stranger_settles_nothing(github, wrote, job):
    wrote(LOSES)
    github.say(7, f"accept {digest_of(LOSES)}", "nobody")
    github.say(7, f"accept {digest_of(LOSES)}", "reader", updated_at="2026-11-30T08:30:00Z")

    job("settle", 7)

    assert state(github) == "pending"
    assert "nobody has agreed to it yet" in github.statuses[SHA][0]["description"]


def test_the_check_takes_the_longest_name(github, wrote):
    github.permissions["a" * 39] = "write"
    github.say(7, f"accept {digest_of(LOSES)}", "a" * 39, updated_at="2026-11-30T08:30:00Z")
    assert wrote(LOSES) == "pending"

    github.say(7, f"accept {digest_of(LOSES)}", "a" * 39)
    assert wrote(LOSES) == "success"


@pytest.mark.parametrize("plan", [CALM, BROKEN, None])
def test_a_comment_where_the_check_waits_for_nothing_changes_nothing(github, wrote, job, plan):
    if plan is not None:
        wrote(plan)
    else:
        github.statuses[SHA] = [{"context": "another", "description": f"accept {OTHER}: x"}]
    before = json.dumps(github.statuses)
    github.say(7, f"accept {OTHER}")

    assert job("settle", 7) == 0
    assert json.dumps(github.statuses) == before


def test_the_cost_is_compared_with_the_base_where_there_is_one(github, wrote, tmp_path):
    (tmp_path / "bases").mkdir()
    base = tmp_path / "bases" / "development.json"
    base.write_text(json.dumps({"cost": {"proportional": "1"}}))

    wrote({**CALM, "cost": {"proportional": "3"}}, "--bases", tmp_path / "bases")
    assert "$1.00 → $3.00 (+$2.00)" in ours(github)[0]["body"]

    wrote({**CALM, "cost": {"proportional": "3"}}, "--bases", tmp_path / "none")
    assert "cost of a month: $3.00" in ours(github)[0]["body"]


def test_what_a_job_does_not_say_is_one_error(job, tmp_path, capsys, monkeypatch):
    made(tmp_path).write_text(json.dumps(LOSES))
    monkeypatch.delenv("HEAD_SHA")

    assert job("comment", tmp_path / "plans") == 1
    assert capsys.readouterr().err.startswith("error: HEAD_SHA not set; ")


def test_a_plan_that_is_none_is_one_error(job, tmp_path, capsys):
    made(tmp_path).write_text("{")

    assert job("comment", tmp_path / "plans") == 1
    assert capsys.readouterr().err.startswith("error: ")
