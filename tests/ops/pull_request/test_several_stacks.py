"""FW-4: an environment that is cut has a plan for each stack: one comment, and a word for each."""

import json

import pytest

from ops.preview.comment import LIMIT, marker_of
from ops.preview.plan_digest import digest_of
from ops.pull_request import plans
from ops.pull_request.merge_gate import CONTEXT, NO_STACK
from ops.pull_request.plans import MOST
from tests.ops.preview.test_comment import BUCKET, step
from tests.ops.pull_request.test_comment_and_gate import BROKEN, CALM, LOSES, LOSES_MORE, SHA

FIRST, GUEST = "development", "development-sync"
SAME = {"steps": [], "about": {"stack": GUEST}}


@pytest.fixture
def wrote(github, job, tmp_path):
    """Write plans by the names of their stacks; return the comment."""
    github.open(7, SHA)
    folder = tmp_path / "plans"

    def write(code=0, **plans):
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        for name, plan in plans.items():
            (folder / f"{name}.json").write_text(json.dumps(plan))
        assert job("comment", folder) == code
        return github.comments.get(7, [{}])[-1].get("body", "")

    return write


def checks(github):
    """Return the state of each check, by the newest of its name."""
    return {each["context"]: each["state"] for each in reversed(github.statuses[SHA])}


def test_each_has_a_section_of_one_comment_or_a_line(github, wrote):
    text = wrote(**{FIRST: LOSES, GUEST: SAME})
    wrote(**{FIRST: LOSES, GUEST: SAME})

    assert text.startswith(f"{marker_of()}\n## Preview of development\n")
    assert text.count(marker_of()) == len(github.comments[7]) == 1
    (line,) = [each for each in text.splitlines() if "development-sync" in each]
    assert line.startswith(
        "No changes of development-sync: commit `4f2a`, stack `development-sync`"
    )


def test_nothing_that_changes_is_a_line_for_each(wrote):
    text = wrote(**{FIRST: SAME, GUEST: SAME})

    assert [each[:14] for each in text.splitlines()[1:] if each] == ["No changes of "] * 2


def test_each_plan_is_agreed_to_by_its_own_hash(github, wrote, job):
    text = wrote(**{FIRST: LOSES, GUEST: LOSES_MORE})
    assert all(f"accept {digest_of(each)}" in text for each in (LOSES, LOSES_MORE))
    waits = {CONTEXT: "pending", f"{CONTEXT}: {FIRST}": "pending", f"{CONTEXT}: {GUEST}": "pending"}
    assert checks(github) == waits

    github.say(7, f"accept {digest_of(LOSES_MORE)}")
    job("settle", 7)
    assert checks(github) == {**waits, f"{CONTEXT}: {GUEST}": "success"}
    assert github.statuses[SHA][0]["description"].startswith("1 of 2 plans: nobody has agreed")

    github.say(7, f"accept {digest_of(LOSES)}")
    job("settle", 7)
    assert set(checks(github).values()) == {"success"}


def test_one_that_fails_is_not_agreed_to_with_the_others(github, wrote, job):
    wrote(**{FIRST: BROKEN, GUEST: LOSES})
    github.say(7, f"accept {digest_of(LOSES)}")
    job("settle", 7)

    assert checks(github)[CONTEXT] == "failure"
    assert checks(github)[f"{CONTEXT}: {GUEST}"] == "success"


def test_a_stack_that_is_gone_at_the_same_commit_keeps_nothing_waiting(github, wrote, job):
    wrote(**{FIRST: CALM, GUEST: LOSES})
    wrote(**{FIRST: CALM})

    assert set(checks(github).values()) == {"success"}
    assert NO_STACK.why in [each["description"] for each in github.statuses[SHA]]
    before = json.dumps(github.statuses)
    job("settle", 7)
    assert json.dumps(github.statuses) == before


def test_the_most_stacks_with_long_plans_have_room(wrote):
    steps = [step("delete", BUCKET, f"bucket-{number}-{'x' * 99}") for number in range(500)]
    text = wrote(**{f"development-{number}": {"steps": steps} for number in range(MOST)})

    assert len(text) <= LIMIT + len(marker_of()) + MOST
    assert text.count("### Data is lost") == MOST


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_none_and_too_many_are_one_error(github, wrote, capsys, count):
    wrote(1, **{f"s{number}": CALM for number in range(count)})

    assert f"has plans of {count} stacks; it is to have 1 to {MOST}" in capsys.readouterr().err
    assert github.asked == []


HOSTILE = ("..", "-x", "A", "x y", "a" * 42, "x_y", "`x`")


def test_a_file_that_is_of_no_stack_is_not_read(wrote):
    text = wrote(**{FIRST: CALM, **dict.fromkeys(HOSTILE, LOSES)})

    assert "## Preview\n" in text
    assert "accept" not in text


def test_what_it_is_compared_with_is_a_file_of_its_own(tmp_path):
    """A link would have a file of the job read, and said."""
    handed, bases = tmp_path / "plans", tmp_path / "bases"
    for folder in (handed, bases):
        folder.mkdir()
    (handed / f"{FIRST}.json").write_text(json.dumps(SAME))
    (tmp_path / "secret.json").write_text(json.dumps(LOSES))
    (bases / f"{FIRST}.json").symlink_to(tmp_path / "secret.json")

    assert plans.read(handed, bases) == {FIRST: (SAME, None)}
