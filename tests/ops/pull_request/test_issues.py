"""FW-4, CC-15: what is found on a schedule has one issue a stack, however often it is looked at."""

import pytest

from lookalikes.github.repository import BOT
from ops.drift import drift_report
from ops.monitoring import check_reports as checks
from ops.pull_request import issues

MARK = drift_report.MARKER.format("staging")
TEXT = f"{MARK}\n**2 drifted.**\n"
OTHERS = {
    "of another stack": (drift_report.MARKER.format("staging-sync"), BOT, {}),
    "of a person": (MARK, "alice", {}),
    "that was closed": (MARK, BOT, {"state": "closed"}),
    "that quotes it": (f"see {MARK}", BOT, {}),
    "without a text": (None, BOT, {}),
}


@pytest.fixture
def keep(github, job, tmp_path):
    """Tell of what was found, and return the issues: number, state and text."""

    def told(text=TEXT, *, found=True):
        path = tmp_path / "issue.md"
        path.write_text(text)
        options = ["--title", "Drift: staging", *([] if found else ["--gone"])]
        assert job("issue", path, *options) == 0
        return [(each["number"], each["state"], each["body"]) for each in github.issues]

    return told


def test_it_is_opened_once_renewed_in_place_and_closed(github, keep):
    assert keep() == [(1, "open", TEXT)]
    assert github.issues[0]["title"] == "Drift: staging"
    assert keep(f"{MARK}\nmore\n") == [(1, "open", f"{MARK}\nmore\n")]
    assert keep(f"{MARK}\nnone\n", found=False) == [(1, "closed", f"{MARK}\nnone\n")]
    assert github.issues[0]["state_reason"] == "completed"
    assert keep(found=False)[1:] == [], "what is closed stays as it is"


def test_after_it_was_closed_another_one_is_opened(keep):
    keep()
    keep(found=False)

    assert [each[:2] for each in keep()] == [(1, "closed"), (2, "open")]


@pytest.mark.parametrize(("body", "by", "more"), OTHERS.values(), ids=OTHERS)
def test_what_others_wrote_is_theirs(github, keep, body, by, more):
    other = github.report("Drift: staging", body, by, **more)
    before = dict(other)

    assert keep()[1:] == [(2, "open", TEXT)]
    keep(found=False)
    assert other == before


def test_two_of_two_runs_become_one(github, keep):
    """A run by hand and one of the schedule at once may both find none, and open one each."""
    for number in range(3):
        github.report("Drift: staging", f"{MARK}\nrun {number}\n", BOT)

    assert [each[:2] for each in keep()] == [(1, "open"), (2, "closed"), (3, "closed")]
    assert github.issues[2]["state_reason"] == "not_planned"
    assert keep(found=False)[0][:2] == (1, "closed")


def test_who_opens_second_closes_its_own(github, job, tmp_path, capsys, monkeypatch):
    """The other run opens its issue between the question and the answer of this one."""
    real = issues._open

    def late(asked, marker):
        found = list(real(asked, marker))
        if not github.issues:
            github.report("Drift: staging", TEXT, BOT)
        return found

    monkeypatch.setattr(issues, "_open", late)
    path = tmp_path / "issue.md"
    path.write_text(TEXT)

    assert job("issue", path, "--title", "Drift: staging") == 0
    assert [each["state"] for each in github.issues] == ["open", "closed"]
    assert capsys.readouterr().err == "#2 is opened\n#2 is closed: #1 says the same\n"


def test_the_marks_of_all_who_tell_are_marks():
    for marker in (MARK, checks.MARKER.format("weekly", "staging-superinstance")):
        assert issues.MARKER.fullmatch(marker)


@pytest.mark.parametrize("text", ["", "error: no such stack", f"x {MARK}", "<!-- mine -->"])
def test_a_text_that_is_none_is_one_error_and_nothing_is_asked(github, job, tmp_path, capsys, text):
    path = tmp_path / "issue.md"
    path.write_text(text)

    assert job("issue", path, "--title", "x") == 1
    assert "no mark of an issue; make it by --format issue" in capsys.readouterr().err
    assert github.asked == []
