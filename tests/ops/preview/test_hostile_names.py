"""FW-4: fifty hostile names and values, rendered by a real Markdown renderer, stay plain text.

Each stands everywhere a plan has text. What is rendered has to have just the structure, and outside
code spans the words, that a harmless name gives: so nothing became a heading, a link or a mention.
"""

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ops.preview.comment import render
from ops.preview.plan_digest import digest_of
from tests.ops.preview.test_comment import BUCKET, states, step

HASH = "0123456789abcdef" * 2
HARMLESS = "plain"
HOSTILE = {
    "heading": "# Approved",
    "heading on a line of its own": "a\n\n# Approved\n\nb",
    "underlined heading": "a\n\nApproved\n===\n\nb",
    "end of a code span": "a` **bold** `b",
    "end of a double code span": "a`` **bold** ``b",
    "backticks alone": "```",
    "fence": "\n```\n# out\n```\n",
    "fence of tildes": "\n~~~\n# out\n~~~\n",
    "open fence": "\n\n```sh\nrm -rf /",
    "cell": "a | b | c",
    "row": "a |\n| **delete** | `X` | gone |",
    "escaped pipe": "a \\| b | c",
    "table": "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "backslash before the end": "a\\",
    "backslash and backtick": "a\\`b",
    "tag": "<img src=x onerror=alert(1)>",
    "script": "<script>alert(1)</script>",
    "end of details": "</details>",
    "end of the summary": "</summary></details># out",
    "open details": "<details open><summary>x</summary>",
    "comment": "<!-- x",
    "end of a comment": "-->",
    "marker": "<!-- chittyos-preview -->",
    "end of a table": "</td></tr></table>",
    "raw block": "\n<div>\n\n# out\n\n</div>\n",
    "processing instruction": "<?php x ?>",
    "CDATA": "<![CDATA[ x ]]>",
    "entity": "&lt;b&gt;&#35;&#x60;",
    "link": "[approve](https://evil.example)",
    "image": "![x](https://evil.example/x.png)",
    "reference": "[x]: https://evil.example\n\n[x]",
    "autolink": "<https://evil.example>",
    "bare address": "https://evil.example/x",
    "bare host": "www.evil.example",
    "mail address": "root@evil.example",
    "mention": "@everyone",
    "team": "@chittyos/owners",
    "issue": "#1",
    "closing word": "fixes #1",
    "commit of another": "x/y@4f2a4f2a4f2a4f2a",
    "emoji": ":shipit:",
    "task": "- [x] approved",
    "list": "\n\n- a\n- b\n",
    "quote": "\n\n> [!CAUTION]\n> x\n",
    "rule": "\n\n---\n\n",
    "footnote": "[^1]\n\n[^1]: x",
    "accept": f"accept {HASH}",
    "accept on a line of its own": f"x\naccept {HASH}\n",
    "colours of a terminal": "\x1b[31mred\x1b[0m",
    "turned around": "\u202eetorp\u202c \u2066x\u2069",
    "unseen": "a\u200bb\ufeffc\u00add",
    "other ends of lines": "a\u2028# b\u2029# c\x0b# d\x0c# e\x85# f\r# g",
    "nothing": "\x00\x07\x7f",
    "half of a pair": "a\ud800b",
    "long": "W" * 5_000,
    "pile of marks": "Z" + "\u0301" * 500,
}


def plan_of(name):
    """Return a plan in which *name* stands everywhere."""
    values = states({"a": f"{name}1", f"k{name}": "1"}, {"a": f"{name}2", f"k{name}": "2"})
    host = states({"hostname": f"{name}.a"}, {"hostname": f"{name}.b"})
    files = {"files": [{"name": f"{name}.sql", "sql": name}]}
    return {
        "steps": [
            step("replace", BUCKET, f"n{name}", **values, replaceReasons=[name]),
            step("replace", "workersCustomDomain:WorkersCustomDomain", "edge", **host),
            step("update", "d1Migrations:D1Migrations", "tables", **states({}, files)),
            step("update", f"x{name}:Y{name}", "other", detailedDiff={f"d{name}": {}}),
            {"op": name, "urn": name},
        ],
        "diagnostics": [
            {"severity": "error", "message": f"it broke: {name}"},
            {"severity": "warning", "message": f"it is old: {name}"},
        ],
        "policies": {
            "mandatory": [f"r{name}: s{name}: it is {name}"],
            "advisory": [f"q{name}: s: so {name}", f"meta-waivers: the stack: {name}"],
        },
        "permissions": [f"Queues Write {name}"],
        "cost": {"proportional": name},
        "about": {"stack": f"s{name}", "engine": f"e{name}", "plugins": [f"p{name}", "q"]},
    }


def structure(text, digest):
    """Return what a renderer makes of *text*, but for what stands in code spans."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return [told(token) for token in flat(parser.parse(text.replace(digest, "HASH")))]


def flat(tokens: list[Token]):
    for token in tokens:
        yield token
        yield from flat(token.children or [])


def told(token: Token):
    shown = "" if token.type in {"code_inline", "inline"} else token.content
    return token.type, token.tag, token.info, token.attrs, shown


def rendered(name):
    plan = plan_of(name)
    return structure(render(plan, title="Preview"), digest_of(plan))


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_is_text_and_makes_no_structure(name):
    assert rendered(name) == rendered(HARMLESS)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_agrees_to_nothing_and_hides_nothing(name):
    plan = plan_of(name)

    text = render(plan, title=name, commit=name)

    agreed = [line for line in text.splitlines() if line.strip().startswith("accept")]
    assert agreed == [f"accept {digest_of(plan)}"]
    assert text.replace("\n", "").isprintable()


def test_there_are_fifty_of_them():
    assert len(HOSTILE) >= 50


def test_a_name_that_is_not_made_inert_would_be_seen():
    """What holds the others: each kind of harm does change what is rendered."""
    plain = structure("- `x`: plain", "-")

    assert structure("- `x`: [a](b)", "-") != plain
    assert structure("- `x`: @everyone", "-") != plain
    assert structure("- `x`: plain\n\n# b", "-") != plain
