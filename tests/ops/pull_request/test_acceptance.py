"""FW-4: what agrees to a plan in a pull request, and what does not."""

import pytest

from ops.preview.plan_digest import LENGTH
from tests.ops.pull_request.conftest import TOKEN

HASH, OTHER = "ab" * (LENGTH // 2), "cd" * (LENGTH // 2)
MERGED = {"merged_at": "2026-11-30T07:00:00Z", "merge_commit_sha": "beef", "state": "closed"}
LATER = "2026-11-30T08:00:01Z"


@pytest.fixture
def agreed(github, job, capsys):
    """Return the hashes that were agreed to where commit `beef` came from."""
    github.open(7, "4f2a", **MERGED)

    def read():
        assert job("accepted", "--merged", "beef") == 0
        return capsys.readouterr().out.split()

    return read


@pytest.mark.parametrize("by", ["alice", "owner"])
@pytest.mark.parametrize(
    "body", [f"accept {HASH}", f"accept {HASH}\r\n\r\nfor the bucket is empty"]
)
def test_a_word_of_who_may_write_agrees_to_that_plan(github, agreed, by, body):
    github.say(7, body, by)

    assert agreed() == [HASH]


REFUSED = {
    "a stranger": (f"accept {HASH}", "nobody", {}),
    "who may read": (f"accept {HASH}", "reader", {}),
    "a bot": (f"accept {HASH}", "github-actions[bot]", {}),
    "an app in the name of somebody": (
        f"accept {HASH}",
        "alice",
        {"performed_via_github_app": {"id": 1}},
    ),
    "a member without write permission": (
        f"accept {HASH}",
        "triage",
        {"author_association": "MEMBER"},
    ),
    "somebody who is gone": (f"accept {HASH}", "alice", {"user": None}),
    "an edited comment": (f"accept {HASH}", "alice", {"updated_at": LATER}),
    "a quote": (f"> accept {HASH}", "alice", {}),
    "a code block": (f"```\naccept {HASH}\n```", "alice", {}),
    "a later line": (f"no, never\naccept {HASH}", "alice", {}),
    "a sentence": (f"I accept {HASH}", "alice", {}),
    "more on the line": (f"accept {HASH} not", "alice", {}),
    "part of a hash": (f"accept {HASH[:-1]}", "alice", {}),
    "capital letters": (f"accept {HASH.upper()}", "alice", {}),
    "more than a hash": (f"accept {HASH}0", "alice", {}),
    "a hash in other digits": ("accept " + "\u0661" * LENGTH, "alice", {}),
    "a hidden character": (f"accept \u200b{HASH}", "alice", {}),
    "two spaces": (f"accept  {HASH}", "alice", {}),
    "nothing": ("", "alice", {}),
    "no text": (None, "alice", {}),
}


@pytest.mark.parametrize(("body", "by", "more"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_word_of_who_may_write_agrees_to_nothing(github, agreed, body, by, more):
    """FW-4: an edited comment, a bot's and a stranger's count for nothing."""
    github.permissions["github-actions[bot]"] = "write"
    github.say(7, body, by, **more)

    assert agreed() == []


def test_a_login_is_one_segment_of_an_address(github, agreed):
    github.say(7, f"accept {HASH}", "../../alice/permission?x=")

    assert agreed() == []
    assert not any("/collaborators/alice" in each for each in github.asked)


def test_who_may_write_is_asked_of_those_who_agreed_once_each(github, agreed):
    github.say(7, "looks good", "nobody")
    github.say(7, f"accept {HASH}")
    github.say(7, f"accept {OTHER}")

    assert agreed() == [HASH, OTHER]
    asked = [each for each in github.asked if "/collaborators/" in each]
    assert [each.rpartition("/collaborators/")[2] for each in asked] == ["alice/permission"]


def test_every_page_of_comments_is_read(github, agreed):
    for number in range(250):
        github.say(7, f"comment {number}", "nobody")
    github.say(7, f"accept {HASH}")

    assert agreed() == [HASH]


OTHERS = {
    "is open": {"merge_commit_sha": "beef"},
    "was merged elsewhere": {**MERGED, "base": {"ref": "old"}},
}


@pytest.mark.parametrize("more", OTHERS.values(), ids=OTHERS)
def test_another_pull_request_with_that_commit_agrees_to_nothing(github, job, capsys, more):
    """Whoever opens one with a commit of the main branch has not merged it."""
    github.open(8, "4f2a", **more)
    github.say(8, f"accept {HASH}")

    assert job("accepted", "--merged", "beef") == 0
    assert capsys.readouterr().out == ""


AGAIN = {
    "the first time": ("push", "1", "cafe"),
    "the newest": ("push", "2", "beef"),
    "by hand": ("workflow_dispatch", "2", "cafe"),
}


@pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)
def test_what_takes_nothing_back_is_deployed_again(github, agreed, monkeypatch, again):
    event, attempt, github.newest = again
    monkeypatch.setenv("GITHUB_EVENT_NAME", event)
    monkeypatch.setenv("GITHUB_RUN_ATTEMPT", attempt)
    github.say(7, f"accept {HASH}")

    assert agreed() == [HASH]


def test_what_was_overtaken_is_not_deployed_again(github, job, capsys, monkeypatch):
    """Whoever agrees late and runs the old job again would take back what was merged since."""
    monkeypatch.setenv("GITHUB_EVENT_NAME", "push")
    monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    github.newest = "cafe"
    github.open(7, "4f2a", **MERGED)
    github.say(7, f"accept {HASH}")

    assert job("accepted", "--merged", "beef") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "run the deployment of cafe again; nothing was changed" in said.err


def test_who_agreed_and_where_is_said(github, job, capsys):
    github.open(7, "4f2a", **MERGED)
    github.say(7, f"accept {HASH}")

    job("accepted", "--merged", "beef")

    said = capsys.readouterr().err
    assert said == f"{HASH} was agreed to by alice: https://github.example/7\n"


def test_an_answer_that_is_an_error_is_one_sentence_without_the_token(job, capsys, monkeypatch):
    monkeypatch.setenv("GH_TOKEN", f"{TOKEN}-no-more")

    assert job("accepted", "--merged", "beef") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: GitHub answers GET ")
    assert TOKEN not in said.err


@pytest.mark.parametrize("wrong", ["\n", " ", "\u2026"])
def test_a_token_that_no_header_can_have_is_in_no_error(job, capsys, monkeypatch, wrong):
    monkeypatch.setenv("GH_TOKEN", TOKEN + wrong)

    assert job("accepted", "--merged", "beef") == 1
    said = capsys.readouterr().err
    assert said.startswith("error: GH_TOKEN has a character that no token has")
    assert TOKEN not in said


def test_the_token_is_carried_nowhere_else(github, job, capsys):
    github.moved = True

    assert job("accepted", "--merged", "beef") == 1
    assert "301" in capsys.readouterr().err
    assert not any("elsewhere" in each for each in github.asked)


def test_no_answer_is_one_sentence(job, capsys, monkeypatch):
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")

    assert job("accepted", "--merged", "beef") == 1
    assert "run it again" in capsys.readouterr().err


def test_outside_of_a_job_it_says_so(job, capsys, monkeypatch):
    monkeypatch.delenv("GH_TOKEN")

    assert job("accepted", "--merged", "beef") == 1
    assert "error: GH_TOKEN not set" in capsys.readouterr().err
