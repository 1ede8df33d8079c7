"""To which release a stack goes back, what of it returns, and what is said not to (FW-4, CC-13)."""

from typing import Any

import pytest
import yaml

from ops.errors import OpsError
from ops.release.release_record import Book, Release, Standing
from ops.release.rollback_plan import choose, configuration, way_back
from ops.stack.target import Target

COMMIT = "77ab3cf09b1c4a658d0e2f7a1c3b4d5e77ab3cf0"
THEN = Standing(
    versions={"some": {"old": 100.0}, "same": {"v": 100.0}},
    tags={"some": "v1"},
    bookmarks={"db": "long-before"},
    migrations={"db": ("001_a.sql",), "other": ("001_a.sql",)},
    rulesets={"chitty.cc-http_ratelimit": "3"},
)
NOW = Standing(
    versions={"some": {"new": 100.0}, "same": {"v": 100.0}, "added": {"v": 100.0}},
    tags={"some": "v2"},
    bookmarks={"db": "now"},
    migrations={"db": ("001_a.sql", "002_b.sql"), "other": ("001_a.sql",)},
    rulesets={"chitty.cc-http_ratelimit": "5"},
)


def release(number: int, result: Any = "done", **more: Any) -> Release:
    given = {"stack": "staging", "account": TARGET.account, "began": "", "commit": COMMIT}
    return Release(number=number, result=result, **{**given, **more})


TARGET = Target("staging", "staging", {"chittyos:account": "ab" * 16})


def book(*releases: Release) -> Book:
    return Book(releases=releases)


CHOSEN = {
    "the one before": (book(release(1), release(2), release(3)), None, 2),
    "one that is named": (book(release(1), release(2), release(3)), 1, 1),
    "the newest, to do it again": (book(release(1)), 1, 1),
    "after a failure, the last that was done": (book(release(1), release(2, "failed")), None, 1),
    "after a kill as well": (book(release(1), release(2, "begun")), None, 1),
    "past a failure": (book(release(1), release(2, "failed"), release(3)), None, 1),
    "after a way back, what was before that": (
        book(release(1), release(2), release(3), release(4, back_to=2)),
        None,
        1,
    ),
    "after a way back that failed, the same again": (
        book(release(1), release(2), release(3), release(4, "failed", back_to=2)),
        None,
        2,
    ),
    "after a way back that was killed as well": (
        book(release(1), release(2), release(3), release(4, "begun", back_to=2)),
        None,
        2,
    ),
    "after a change was taken back, what was before the release with it": (
        book(release(1), release(2), release(3, corrects=2)),
        None,
        1,
    ),
    "after the end of the stack, what was before it": (
        book(release(1), release(2), release(3, ends=True)),
        None,
        2,
    ),
    "past an end, for it is nothing to go back to": (
        book(release(1), release(2, ends=True), release(3)),
        None,
        1,
    ),
    "after an end that failed, what was before it": (
        book(release(1), release(2, "failed", ends=True)),
        None,
        1,
    ),
    "after two ways back, before what the first went back to": (
        book(
            *(release(number) for number in (1, 2, 3)),
            *(release(4, back_to=2), release(5), release(6, back_to=4)),
        ),
        None,
        1,
    ),
}


@pytest.mark.parametrize(("known", "asked", "number"), CHOSEN.values(), ids=CHOSEN)
def test_a_release_is_chosen(known, asked, number):
    assert choose(known, TARGET, asked).number == number


REFUSED = {
    "none at all": (book(), None, "staging has no earlier release to go back to; noted are: none"),
    "the first": (book(release(1)), None, "no earlier release to go back to; noted are: 1;"),
    "after a way back to the first": (
        book(release(1), release(2), release(3, back_to=1)),
        None,
        "no earlier release to go back to; noted are: 1, 2, 3",
    ),
    "an unknown one": (book(release(1)), 7, "staging has no release 7 to go back to"),
    "one that failed": (book(release(1, "failed")), 1, "release 1 of staging failed"),
    "one that was killed": (book(release(1, "begun")), 1, "did not come to its end"),
    "without a commit": (book(release(1, commit="")), 1, "has no commit, so its code cannot"),
    "of another account": (book(release(1, account="cd" * 16)), 1, f"account {'cd' * 16}, and sta"),
    "changed": (book(release(1, changed=True)), 1, "had changes that no commit has"),
    "an end": (
        book(release(1), release(2, ends=True)),
        2,
        r"release 2 of staging was its end \(destroy\).*by --to \(noted are: 1, 2\)",
    ),
}


@pytest.mark.parametrize(("known", "asked", "said"), REFUSED.values(), ids=REFUSED)
def test_a_way_back_that_is_none_is_refused(known, asked, said):
    """sentry-mcp#489: it must not end as if something had been returned to."""
    with pytest.raises(OpsError, match=said) as refused:
        choose(known, TARGET, asked)
    assert "nothing was changed" in str(refused.value)


FILE = """\
encryptionsalt: v1:old
config:
  some:host: a.chitty.cc
  some:worker: {name: some, cpu_ms: 10}
  some:TOKEN: {secure: v1:then}
"""
FILE_NOW = """\
encryptionsalt: v1:new
config:
  some:host: a.chitty.cc
  some:worker: {name: some, cpu_ms: 20}
  some:TOKEN: {secure: v1:rotated}
  some:added: x
"""


@pytest.fixture
def said() -> list[str]:
    first = release(1, after=THEN, ended="2026-11-29T10:00:00+00:00", configuration=FILE)
    without = release(2, after=THEN, before=Standing(bookmarks={"db": "earlier-than-need-be"}))
    with_sql = release(3, after=NOW, before=Standing(bookmarks={"db": "just-before"}), began="3pm")
    last = release(4, after=NOW, before=Standing(bookmarks={"db": "too-late"}))
    known = book(first, without, with_sql, last)
    return way_back(known, first, NOW, FILE_NOW).told().splitlines()


def test_what_returns_is_said(said):
    assert said[:5] == [
        "back to release 1 of 2026-11-29T10:00:00+00:00, commit 77ab3cf09",
        "returns: worker some: its code of commit 77ab3cf09, then old (100 %)",
        "returns: worker added: it was not there",
        "returns: rules of chitty.cc-http_ratelimit: as in version 3, now 5",
        "returns: configuration: some:added, some:worker",
    ]


def test_what_cannot_return_is_said_with_what_brings_it_back(said):
    """The bookmark is that of the moment before the SQL, not of the release that was fine."""
    objects, sql, data = said[5:]

    assert objects.startswith("cannot return: Durable Objects of some: migration v2 stays")
    assert "database db: 002_b.sql stays applied" in sql
    assert "the moment before, 3pm, with the loss of all that was written since" in sql
    assert sql.endswith("npx wrangler d1 time-travel restore db --bookmark just-before")
    assert "secrets are those of now" in data


def test_what_did_not_come_to_its_end_may_have_applied_the_sql():
    """Its state does not list what went through before it was cut off."""
    first = release(1, after=THEN)
    killed = release(2, "begun", before=Standing(bookmarks={"db": "just-before"}))
    last = release(3, after=NOW, before=Standing(bookmarks={"db": "too-late"}))

    told = way_back(book(first, killed, last), first, NOW, FILE).told()

    assert "--bookmark just-before" in told


@pytest.mark.parametrize(
    ("result", "said"),
    [("done", "went with it"), ("failed", "may have gone"), ("begun", "may hav")],
)
def test_data_that_went_with_the_stack_is_said_to_be_gone(result, said):
    """It was said to stay as it is."""
    first, end = release(1, after=THEN), release(2, result, ends=True)

    told = way_back(book(first, end), first, Standing(), FILE).told().splitlines()[-1]

    assert f"release 2 was the end of the stack (destroy), and what its stores held {said}" in told
    assert "python -m ops restore staging DIR" in told
    assert "stays as it is" not in told


def test_data_that_the_end_of_a_stack_leaves_in_the_account_is_not_said_to_be_gone():
    """Stores are protected where nothing else is asked for, and `destroy` leaves those."""
    first, end = release(1, after=THEN), release(2, ends=True)

    told = way_back(book(first, end), first, Standing(), FILE).told()

    assert "those that were protected: they stay in the account with their data" in told
    assert "python -m ops up staging --adopt" in told


def test_no_bookmark_is_named_of_a_database_that_was_deleted_since():
    """The one of the same name that was made after it does not know it."""
    first, with_sql = release(1, after=THEN), release(2, after=NOW, before=THEN)
    end, again = release(3, ends=True, after=Standing()), release(4, after=NOW)

    told = way_back(book(first, with_sql, end, again), first, NOW, FILE).told()

    assert "002_b.sql stays applied, and no bookmark of the moment before is known" in told
    assert "--bookmark" not in told


def test_what_the_account_does_not_say_is_told():
    """A list that is cut short would else read as if all of it were said."""
    same = release(1, after=THEN, configuration=FILE)
    now = NOW.model_copy(update={"tags": {}, "unknown": ("scripts: 403",)})

    told = way_back(book(same), same, now, FILE).told()

    assert told.splitlines()[-1] == "not known, so nothing is said of it: scripts: 403"


def test_a_release_that_stands_as_it_was_returns_nothing_and_says_so():
    same = release(1, after=THEN, configuration=FILE)

    told = way_back(book(same), same, THEN, FILE).told()

    assert "returns: nothing that is known" in told
    assert told.count("cannot return") == 1


def test_the_configuration_is_that_of_then_with_the_secrets_of_now():
    """A secret that was rotated since is worth nothing any more, or was stolen."""
    made = yaml.safe_load(configuration(FILE, FILE_NOW))

    assert made == {
        "encryptionsalt": "v1:new",
        "config": {
            "some:host": "a.chitty.cc",
            "some:worker": {"name": "some", "cpu_ms": 10},
            "some:TOKEN": {"secure": "v1:rotated"},
        },
    }


def test_a_secret_that_nothing_decrypts_any_more_is_named_and_never_shown():
    """The engine would find out in the middle of it, and name none."""
    then = f"{FILE}  some:list: [{{secure: v1:listed}}]\n"

    with pytest.raises(OpsError, match=r"those of now: some:list\[0\]; nothing was") as refused:
        configuration(then, FILE_NOW)
    assert "v1:" not in str(refused.value)

    same_key = FILE_NOW.replace("v1:new", "v1:old")
    assert yaml.safe_load(configuration(then, same_key))["config"]["some:list"] == [
        {"secure": "v1:listed"}
    ]
