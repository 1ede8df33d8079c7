"""The comment on a pull request: losses first, inert text, nothing secret, never too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.preview.comment import LIMIT, MARKER, code, render

URN = "urn:pulumi:development::chittyos::chittyos:x:Y$cloudflare:index/{type}::{name}"
BUCKET = "r2Bucket:R2Bucket"
QUEUE = "queue:Queue"


def step(op, kind, name, **more):
    return {"op": op, "urn": URN.format(type=kind, name=name), **more}


def states(old, new, **more):
    return {
        "oldState": {"custom": True, "inputs": old, **more},
        "newState": {"custom": True, "inputs": new, **more},
    }


REPLACED = step(
    "replace",
    BUCKET,
    "documents",
    **states({"name": "old"}, {"name": "new"}, protect=True),
    detailedDiff={"name": {"kind": "update-replace"}},
    replaceReasons=["name"],
)
PLAN = {
    "steps": [
        step("create", QUEUE, "events"),
        step("update", "workersScript:WorkersScript", "connect"),
        step("delete", "d1Database:D1Database", "database"),
        step("create-replacement", BUCKET, "documents"),
        REPLACED,
        step("delete-replaced", BUCKET, "documents"),
        step("same", QUEUE, "untouched"),
        step("create", "x:Group", "group", newState={"custom": False}),
        {"op": "create", "urn": "urn:pulumi:d::p::pulumi:pulumi:Stack::p-d"},
    ]
}


def rows(text):
    return [line for line in text.splitlines() if line.startswith("| ")][1:]


def test_what_is_lost_comes_first_and_each_resource_once():
    text = render(PLAN)

    assert text.startswith(f"{MARKER}\n## Preview\n")
    assert "**1 to replace, 1 to delete, 1 to update, 1 to create.**" in text
    assert [row.split(" | ")[1] for row in rows(text)] == [
        "`R2Bucket` `documents`",
        "`D1Database` `database`",
        "`WorkersScript` `connect`",
        "`Queue` `events`",
    ]


def test_a_replacement_says_what_forces_it_and_that_the_resource_is_protected():
    row = rows(render(PLAN))[0]

    assert row.startswith("| **replace**, protected |")
    assert "`name`: `old` → `new` (forces the replacement)" in row


def test_data_that_would_be_lost_is_named():
    losses = [line for line in render(PLAN).splitlines() if line.startswith("> **Data is lost:**")]

    assert losses == [
        (
            "> **Data is lost:** `R2Bucket` `documents` would be replaced, and with it "
            "every object in it."
        ),
        (
            "> **Data is lost:** `D1Database` `database` would be deleted, and with it "
            "every table of it."
        ),
    ]


def test_nothing_to_do_is_said():
    text = render({"steps": [step("same", QUEUE, "x")], "changeSummary": {"same": 1}})

    assert "No changes." in text
    assert rows(text) == []


def test_a_failed_preview_says_so_and_why():
    plan = {"steps": [], "diagnostics": [{"severity": "error", "message": "no `zone`"}]}

    text = render(plan)

    assert "**The preview failed.**" in text
    assert "- error: `no 'zone'`" in text


def test_policies_are_listed_with_what_they_do():
    policies = {"mandatory": ["no-star: Bucket x: *"], "advisory": ["name: y"]}

    text = render({"steps": [], "policies": policies})

    assert "- policy, stops it: `no-star: Bucket x: *`" in text
    assert "- policy, advice: `name: y`" in text
    assert "The preview failed" in text


VALUES = {
    "a nested value": ({"a": [{"b": 1}]}, "a[0].b", "`1`"),
    "a quoted key": ({"a": {"x.y": "z"}}, 'a["x.y"]', "`z`"),
    "a secret": ({"a": "[secret]"}, "a", "`[secret]`"),
    "a structure": ({"a": {"password": "hunter2"}}, "a", "`dict …`"),
    "nothing": ({}, "a.b", "nothing"),
    "a long text": ({"a": "x" * 500}, "a", f"`{'x' * 59}…`"),
}


@pytest.mark.parametrize(("inputs", "path", "shown"), VALUES.values(), ids=VALUES)
def test_a_value_is_shown_as(inputs, path, shown):
    changed = step("update", QUEUE, "q", **states(inputs, {}), detailedDiff={path: {}})

    assert f"{code(path)}: {shown} → nothing" in rows(render({"steps": [changed]}))[0]


def test_many_fields_are_cut():
    changed = step("update", QUEUE, "q", detailedDiff={f"f{n}": {} for n in range(20)})

    assert rows(render({"steps": [changed]}))[0].endswith("<br>and 12 more |")


def test_a_long_comment_is_cut_at_a_line_and_says_so():
    plan = {"steps": [step("create", QUEUE, f"queue-{n}-" + "x" * 50) for n in range(2_000)]}

    text = render(plan)

    assert LIMIT - 200 < len(text) <= LIMIT
    assert text.rstrip().endswith("more lines; the log has them all.")
    assert all(row.endswith(" |") for row in rows(text))


HOSTILE = st.text(
    st.sampled_from(list("`|\n\r<>[]()@!*_#&;\\$ab\u202e\u2028\u200b\x00")), max_size=40
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_whatever_a_pull_request_writes_stays_inert_text(name, before, after):
    changed = step(
        "update", QUEUE, name, **states({"a": before}, {"a": after}), detailedDiff={"a": {}}
    )
    text = render({"steps": [changed]}, title=name)

    (row,) = rows(text)
    assert len(text.splitlines()) == 8
    assert row.replace("\\|", "").count("|") == 4, "no cell is opened or closed"
    spans = row.replace("\\|", "").split("`")
    assert len(spans) % 2 == 1, "every code span is closed"
    outside = "".join(spans[0::2])
    assert outside.replace("<br>", "") == "| update |   | :  →  |"
    assert not set("\u202e\u2028\u200b\x00") & set(text)
