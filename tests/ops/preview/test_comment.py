"""The comment on a pull request: losses first, inert text, nothing secret, never too long."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.errors import OpsError
from ops.preview.comment import LARGEST, LIMIT, marker_of, read_plan, render
from ops.preview.untrusted_text import code
from tests.common.credential_cases import CREDENTIALS

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

    assert text.startswith(f"{marker_of()}\n## Preview\n")
    assert "**1 to replace, 1 to delete, 1 to update, 1 to create.**" in text
    assert [row.split(" | ")[1] for row in rows(text)] == [
        "`R2Bucket` `documents` (`new`)",
        "`D1Database` `database`",
        "`WorkersScript` `connect`",
        "`Queue` `events`",
    ]


def test_a_replacement_says_what_forces_it_and_that_the_resource_is_protected():
    row = rows(render(PLAN))[0]

    assert row.startswith("| **replace**, protected |")
    assert "`name`: `old` → `new` (forces the replacement)" in row


def test_a_failed_preview_says_so_and_why():
    plan = {"steps": [], "diagnostics": [{"severity": "error", "message": "no `zone`"}]}

    text = render(plan)

    assert "**The preview failed.**" in text
    assert "- `no 'zone'`" in text


def test_policies_are_listed_with_what_they_do_and_the_same_advice_once():
    advice = [f"name: Queue {n}: is short. Fix: make it longer." for n in range(5)]
    policies = {"mandatory": ["no-star: Bucket x: *"], "advisory": advice}

    text = render({"steps": [], "policies": policies})

    assert "- stops it: `no-star: Bucket x: *`" in text
    assert [line for line in text.splitlines() if "advice" in line] == [
        ("- advice: `name: Queue 0, Queue 1, Queue 2 and 2 more: is short. Fix: make it longer.`")
    ]
    assert "The preview failed" in text


LATER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
CACHE = {"name": "CACHE", "type": "kv_namespace", "namespaceId": LATER}
GREETING = {"name": "GREETING", "type": "plain_text", "text": "hello"}
POLITE = {**GREETING, "text": "good day"}
VALUES = {
    "a nested value": ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, "`a[0].b`: `1` → `2`"),
    "a key with a dot": ({"a": {"x.y": "z"}}, {}, "`a`: set → nothing"),
    "a structure": (
        {"a": {"password": "hunter2"}},
        {"a": "b"},
        "`a`: set → `b`",
    ),
    "a long text": ({"a": "x " * 250}, {}, f"`a`: `{'x ' * 29}x…` → nothing"),
    "a boolean": ({"a": True}, {"a": False}, "`a`: `true` → `false`"),
    "what is known later": ({"a": "1"}, {"a": LATER}, "`a`: `1` → known after up"),
    "a binding put in first": (
        {"bindings": [GREETING]},
        {"bindings": [CACHE, GREETING]},
        "`bindings[CACHE]`: nothing → `kv_namespace`",
    ),
    "a binding of the same name": (
        {"bindings": [CACHE, GREETING]},
        {"bindings": [POLITE, CACHE]},
        "`bindings[GREETING].text`: `hello` → `good day`",
    ),
    "a plain list": (
        {"flags": ["a", "b", "c"]},
        {"flags": ["c", "d", "a"]},
        "`flags`: `b` → nothing<br>`flags`: nothing → `d`",
    ),
    "an order": (
        {"flags": ["a", "b"]},
        {"flags": ["b", "a"]},
        "`flags`: `one order` → `another order`",
    ),
    "a checksum": (
        {"contentSha256": "3b" * 32},
        {"contentSha256": "c4" * 32},
        "`contentSha256`: `3b3b3b3b3b3b…` → `c4c4c4c4c4c4…`",
    ),
}


@pytest.mark.parametrize(("before", "after", "shown"), VALUES.values(), ids=VALUES)
def test_a_difference_is_shown_as(before, after, shown):
    changed = step("update", QUEUE, "q", **states(before, after))

    assert rows(render({"steps": [changed]}))[0] == f"| update | `Queue` `q` | {shown} |"


def test_a_secret_that_the_plugin_says_differs_is_named_without_a_value():
    secret = {"bindings": "[secret]"}
    changed = step(
        "update", QUEUE, "q", **states(secret, secret), detailedDiff={"bindings[0].text": {}}
    )

    assert "| `bindings` changes, and is secret |" in rows(render({"steps": [changed]}))[0]


def test_what_a_secret_hides_in_a_script_is_taken_from_its_component_in_one_row():
    prefix = "urn:pulumi:s::p::chittyos:cloudflare:Worker"
    shown = {"name": "CACHE", "type": "kv_namespace"}
    worker = {
        "op": "update",
        "urn": f"{prefix}::edge",
        "oldState": {"custom": False, "inputs": {"bindings": [], "retain": True}},
        "newState": {"custom": False, "inputs": {"bindings": [shown], "retain": False}},
    }
    secret = {"bindings": "[secret]"}
    script = {
        "op": "update",
        "urn": f"{prefix}$cloudflare:index/workersScript:WorkersScript::edge",
        **states(secret, secret),
        "detailedDiff": {"bindings": {}},
    }

    (row,) = rows(render({"steps": [worker, script]}))

    assert (
        row == "| update | `WorkersScript` `edge` | `bindings[CACHE]`: nothing → `kv_namespace` |"
    )


def test_many_fields_are_cut():
    before, after = ({f"f{n}": text for n in range(20)} for text in "ab")
    changed = step("update", QUEUE, "q", **states(before, after))

    assert rows(render({"steps": [changed]}))[0].endswith("<br>and 12 more |")


@pytest.mark.parametrize("credential", [case["value"] for case in CREDENTIALS])
def test_a_credential_is_shown_nowhere(credential):
    changed = step(
        "update",
        QUEUE,
        credential,
        **states({"a": credential, credential: 1}, {"a": [credential], credential: 2}),
        replaceReasons=[credential],
    )
    made = step("create", QUEUE, "new", newState={"inputs": {"name": credential}})
    opened = step(
        "create",
        "workersRoute:WorkersRoute",
        "route",
        newState={"inputs": {"pattern": credential}},
    )
    plan = {
        "steps": [changed, made, opened],
        "diagnostics": [{"severity": "error", "message": f"refused: {credential} is wrong"}],
        "policies": {"mandatory": [f"rule: {credential}: it"], "advisory": [f"x: y: {credential}"]},
    }

    text = render(plan)

    assert credential[:40] not in text


def test_a_value_under_the_name_of_a_credential_is_not_shown():
    given = ({"apiToken": "correct horse"}, {"apiToken": "battery staple"})
    changed = step("update", QUEUE, "q", **states(*given))

    assert "`apiToken`: `[hidden]` → `[hidden]`" in render({"steps": [changed]})


MARKS = "`|\n\r<>[]()@!*_#&;\\$~:/ab.-= \t\"'\u202e\u2066\u061c\u2028\u200b\u00ad\x00\x1b\ud800😀"
HOSTILE = st.one_of(
    st.text(st.sampled_from(MARKS), max_size=40),
    st.sampled_from(
        [
            "@everyone",
            "[a](https://evil.example)",
            "https://evil.example/x",
            "www.evil.example",
            "<img src=x>",
            "</td></table>",
            "`` ` ``",
            "| a | b |\n|---|---|",
            "-->",
            "#1",
            "\x1b[31mred",
        ]
    ),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), HOSTILE),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(HOSTILE, inner, max_size=4)
    ),
    max_leaves=12,
)
KINDS = st.sampled_from(
    [
        "workersScript:WorkersScript",
        "r2BucketLifecycle:R2BucketLifecycle",
        "workersCustomDomain:WorkersCustomDomain",
        "workersScriptSubdomain:WorkersScriptSubdomain",
        "d1Migrations:D1Migrations",
        BUCKET,
    ]
)
FIELDS = st.sampled_from(
    ["bindings", "migrations", "rules", "files", "hostname", "bucketName", "name", "enabled"]
)
INPUTS = st.dictionaries(st.one_of(FIELDS, HOSTILE), JSON, max_size=4)
STATE = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {"inputs": st.one_of(st.none(), INPUTS)},
        optional={"custom": JSON, "protect": JSON, "retainOnDelete": JSON, "type": JSON},
    ),
)
OPS = st.one_of(
    st.sampled_from(["create", "update", "delete", "replace", "same", "create-replacement"]),
    HOSTILE,
)
URNS = st.one_of(
    HOSTILE,
    st.builds(
        lambda kind, name: URN.format(type=kind, name=name), st.one_of(KINDS, HOSTILE), HOSTILE
    ),
)
STEP = st.fixed_dictionaries(
    {"op": OPS, "urn": URNS},
    optional={
        "oldState": STATE,
        "newState": STATE,
        "detailedDiff": st.dictionaries(HOSTILE, JSON, max_size=3),
        "replaceReasons": st.lists(HOSTILE, max_size=3),
        "diffReasons": st.lists(HOSTILE, max_size=3),
    },
)
TEXTS = st.lists(HOSTILE, max_size=3)
AMOUNT = st.one_of(
    HOSTILE, st.decimals().map(str), st.sampled_from(["NaN", "sNaN", "1e999999", "-Infinity"])
)
SAID = st.fixed_dictionaries(
    {"severity": st.one_of(st.sampled_from(["error", "warning"]), HOSTILE), "message": HOSTILE}
)
PLANS = st.fixed_dictionaries(
    {"steps": st.lists(STEP, max_size=4)},
    optional={
        "diagnostics": st.lists(SAID, max_size=3),
        "policies": st.fixed_dictionaries({"mandatory": TEXTS, "advisory": TEXTS}),
        "changeSummary": JSON,
        "permissions": TEXTS,
        "cost": st.dictionaries(st.sampled_from(["proportional", "rounded up"]), AMOUNT),
        "about": st.dictionaries(
            st.sampled_from(["commit", "stack", "engine", "plugins", "when"]),
            st.one_of(HOSTILE, TEXTS),
        ),
        "adjusted": st.dictionaries(HOSTILE, TEXTS, max_size=2),
    },
)
FIXED = re.compile(
    r"<!-- chittyos-preview -->|^## Preview$|No changes[.:]|\*\*The preview failed|<br>"
    r"|^### (Data is lost|Who gets in changes|Happens once|Is interrupted|Policies|Warnings)$"
    r"|^### Cost and permissions$|^<details><summary>All changes</summary>$|^</details>$"
    r"|\|---\|---\|---\||\*\*|^- |Whoever may write here"
    r"|\$-?\d+\.\d\d|[+-]\$\d+\.\d\d"
)
"""What the comment writes outside of code spans, beside words."""


def outside(text):
    """Give what Markdown reads as markup: all that is in no code span."""
    spans = text.split("`")
    assert len(spans) % 2 == 1, "every code span is closed"
    return "".join(spans[0::2])


@given(PLANS, st.one_of(st.none(), PLANS))
def test_whatever_a_program_writes_is_inert_text(plan, base):
    text = render(plan, base=base)

    fenced = re.compile(r"^```\naccept [0-9a-f]{32}\n```$", re.MULTILINE)
    for line in fenced.sub("", text).splitlines():
        left = FIXED.sub("", outside(line))
        assert re.fullmatch(r"[a-z0-9 ,:→().|]*", left), line
        if line.startswith("| "):
            assert line.count("|") == 4, "no cell is opened or closed"
    assert text.isprintable() or set(text) - {"\n"} <= set(filter(str.isprintable, text))
    assert len(text) <= LIMIT
    text.encode()


ODD = {
    "text": "[secret]",
    "a number": 7,
    "an object": {"a": 1},
    "numbers": [1],
    "lists": [[]],
    "nothing in it": [{}],
    "odd in it": [{"deletedClasses": 3, "name": {}, "sql": [], "deleteObjectsTransition": "x"}],
}
READ = {
    "workersScript:WorkersScript": ("bindings", "migrations"),
    "r2BucketLifecycle:R2BucketLifecycle": ("rules", "bucketName"),
    "d1Migrations:D1Migrations": ("files",),
    "workersCustomDomain:WorkersCustomDomain": ("hostname",),
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in READ for name in READ[kind]])
@pytest.mark.parametrize("op", ["create", "update", "delete"])
def test_what_is_read_of_a_plan_may_have_any_form(op, kind, name, value):
    for form in (value, {"steps": value}):
        changed = step(op, kind, "it", **states({name: form}, {name: [form, form]}))

        assert len(rows(render({"steps": [changed]}))) == 1


ANY = st.one_of(
    JSON,
    st.fixed_dictionaries({"steps": JSON, "diagnostics": JSON, "policies": JSON}),
    st.fixed_dictionaries({"steps": st.lists(st.one_of(JSON, STEP), max_size=3)}),
    st.fixed_dictionaries(
        {"steps": st.lists(st.fixed_dictionaries({"op": JSON, "urn": JSON, "newState": JSON}))}
    ),
)


RENDERED = re.compile(rf"{marker_of()}\n|error: [^\n]+ is not the JSON of a preview [^\n]+\Z")


def shown(path):
    try:
        return render(read_plan(path))
    except OpsError as error:
        return f"error: {error}"


@given(ANY)
def test_a_plan_of_any_form_is_a_comment_or_one_sentence(tmp_path_factory, plan):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(plan))

    assert RENDERED.match(shown(path))


MALFORMED = {
    "no JSON": (b"{", "no JSON"),
    "no text": (b"\xff\xfe", "no JSON"),
    "nesting without an end": (b"[" * 100_000, "no JSON"),
    "deep nesting": (b'{"steps": ' + b"[" * 200 + b"]" * 200 + b"}", "more than 100 levels"),
    "a list": (b"[]", "the whole of it"),
    "steps that are none": (b'{"steps": [1]}', r"steps\[0\]"),
    "an operation that is no text": (b'{"steps": [{"op": [], "urn": "u"}]}', r"steps\[0\]"),
    "a state that is none": (
        b'{"steps": [{"op": "create", "urn": "u", "newState": 1}]}',
        r"steps\[0\]\.newState",
    ),
    "inputs that are none": (
        b'{"steps": [{"op": "create", "urn": "u", "newState": {"inputs": [1]}}]}',
        r"steps\[0\]\.newState\.inputs",
    ),
    "a message that is none": (b'{"diagnostics": [{"severity": {}}]}', r"diagnostics\[0\]"),
    "policies that are none": (b'{"policies": ["it"]}', "policies"),
    "a policy that is none": (b'{"policies": {"advisory": [1]}}', "policies"),
    "a cost that is none": (b'{"cost": {"proportional": [1]}}', "cost"),
    "what it is of, in an odd form": (b'{"about": {"stack": {}}}', "about"),
    "permissions that are none": (b'{"permissions": {}}', "permissions"),
    "what is adjusted, in an odd form": (b'{"adjusted": {"urn": "a"}}', "adjusted"),
    "too much of it": (b" " * (LARGEST + 1), "size"),
}


@pytest.mark.parametrize(("content", "where"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_plan_is_one_sentence_that_says_where(tmp_path, content, where):
    path = tmp_path / "plan.json"
    path.write_bytes(content)

    with pytest.raises(OpsError, match=rf"plan\.json is not the JSON of a preview \({where}\); "):
        read_plan(path)


def test_a_code_span_holds_what_is_put_into_it():
    assert code("a`b|c\nd\u202ee") == "`a'b¦c d e`"
