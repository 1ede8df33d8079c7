"""FW-4: the parts of a comment, in their order, and what of them stays when it is cut."""

import re
from typing import Any

import pytest

from ops.preview import input_differences, shown_values
from ops.preview.comment import LIMIT, marker_of, render
from ops.preview.exposure import addresses
from ops.preview.length_limit import Part, fit
from ops.preview.plan_digest import digest_of
from tests.ops.preview.test_comment import BUCKET, QUEUE, REPLACED, states, step

DOMAIN = "workersCustomDomain:WorkersCustomDomain"
RECORD = "dnsRecord:DnsRecord"
SUBDOMAIN = "workersScriptSubdomain:WorkersScriptSubdomain"
ALL: dict[str, Any] = {
    "steps": [
        step("create", QUEUE, "events"),
        step(
            "update",
            "d1Migrations:D1Migrations",
            "tables",
            **states({"files": []}, {"files": [{"name": "1.sql", "sql": ""}]}),
        ),
        step("delete", DOMAIN, "edge", oldState={"inputs": {"hostname": "a.chitty.cc"}}),
        step("update", "workersScript:WorkersScript", "connect"),
        REPLACED,
    ],
    "diagnostics": [{"severity": "warning", "message": "it is old"}],
    "policies": {
        "mandatory": [],
        "advisory": [
            "name: Queue q: is short.",
            "meta-waivers: the stack: the waiver of r2-cors for docs is in force until 2027-01-31",
        ],
    },
    "permissions": ["Queues Write for the account"],
    "cost": {"proportional": "13.20", "rounded up": "23.00"},
    "about": {
        "commit": "4f2a",
        "stack": "staging",
        "engine": "Pulumi 3.276.0",
        "plugins": ["cloudflare 6.23.1 (official)", "docker 5.2.0 (official)"],
        "when": "2026-11-30T08:00:00+00:00",
    },
}
BASE = {"steps": [], "cost": {"proportional": "13.20", "rounded up": "21.50"}}


PARTS = re.compile(r"^(### .+|\*\*\d.+|<details>.+|commit .+)$", re.MULTILINE)


def test_the_parts_stand_in_the_order_of_their_weight():
    """FW-4: what cannot be taken back first, the folded list and the versions last."""
    *parts, last = PARTS.findall(render(ALL, base=BASE))

    assert parts == [
        "### Data is lost",
        "### Who gets in changes",
        "### Happens once",
        "### Is interrupted",
        "### Policies",
        "### Warnings",
        "### Cost and permissions",
        "**1 to replace, 1 to delete, 2 to update, 1 to create.**",
        "<details><summary>All changes</summary>",
    ]
    assert last == (
        "commit `4f2a`, stack `staging`, engine `Pulumi 3.276.0`, "
        "plugins `cloudflare 6.23.1 (official), docker 5.2.0 (official)`, "
        f"when `2026-11-30T08:00:00+00:00`, plan `{digest_of(ALL)}`"
    )


def test_each_part_says_what_and_why():
    rows = [line for line in render(ALL, base=BASE).splitlines() if line.startswith("- ")]

    assert rows == [
        (
            "- **replace** `R2Bucket` `documents` (`new`): "
            "`loses every object in it: name cannot be changed in place`"
        ),
        "- **delete** `WorkersCustomDomain` `edge`: `closes a.chitty.cc, which stops answering`",
        "- update `D1Migrations` `tables`: `applies 1.sql`",
        "- update `WorkersScript` `connect`: `the script is replaced; its WebSockets end`",
        (
            "- waiver: `meta-waivers: the stack: "
            "the waiver of r2-cors for docs is in force until 2027-01-31`"
        ),
        "- advice: `name: Queue q: is short.`",
        "- `it is old`",
        "- cost of a month with started units rounded up: $21.50 → $23.00 (+$1.50)",
        "- the token needs more: `Queues Write for the account`",
    ]


def test_without_a_base_the_cost_is_said_as_it_is():
    rows = render(ALL).splitlines()

    assert "- cost of a month: $13.20" in rows
    assert "- cost of a month with started units rounded up: $23.00" in rows


@pytest.mark.parametrize("cost", ["NaN", "Infinity", "1e999999", "a lot", "9" * 400])
def test_what_is_no_amount_is_no_cost(cost):
    text = render({"steps": [], "cost": {"proportional": cost}})

    assert "$" not in text


def test_nothing_to_do_is_one_line():
    """FW-4: one line when nothing changes."""
    about = {"stack": "development", "commit": "of the plan"}
    plan: dict[str, Any] = {"steps": [step("same", QUEUE, "x")], "about": about}
    plan |= {"cost": BASE["cost"]}
    plan |= {"policies": ALL["policies"], "diagnostics": ALL["diagnostics"]}

    assert render(plan, commit="4f2a", base=BASE) == (
        f"{marker_of()}\nNo changes: commit `4f2a`, stack `development`, plan `{digest_of(plan)}`\n"
    )


def test_nothing_to_do_is_said_beside_what_else_there_is():
    text = render(
        {"steps": [], "cost": {"proportional": "1"}}, base={"cost": {"proportional": "2"}}
    )

    assert "(-$1.00)\n\nNo changes.\n" in text


def test_a_serious_plan_says_how_it_is_agreed_to_and_another_does_not():
    assert f"```\naccept {digest_of(ALL)}\n```" in render(ALL)
    assert "accept" not in render({"steps": [step("create", QUEUE, "events")]})


def test_the_hash_is_that_of_what_is_shown_and_none_that_a_plan_claims():
    claims = {**ALL, "digest": "0" * 32, "about": {**ALL["about"], "plan": "0" * 32}}

    assert digest_of(claims) == digest_of(ALL)
    assert "0" * 32 not in render(claims)


LOST = step("delete", BUCKET, "docs", oldState={"custom": True, "inputs": {"name": "docs"}})
LIFTED = step("same", QUEUE, "q", oldState={"inputs": {}, "protect": True}, newState={"inputs": {}})
CLOSED = step("delete", DOMAIN, "edge", oldState={"inputs": {"hostname": "a.chitty.cc"}})
FORGED = {
    "a loss as what stays": (LOST, {"oldState": {**LOST["oldState"], "retainOnDelete": True}}),
    "a loss as a component": (LOST, {"newState": {"custom": False}}),
    "another host": (CLOSED, {"oldState": {"inputs": {"hostname": "test.chitty.cc"}}}),
    "a protection that was none": (LIFTED, {"oldState": {"inputs": {}}}),
    "nothing that forces it": (REPLACED, {"replaceReasons": []}),
    "a value that was the same": (REPLACED, {"oldState": REPLACED["newState"]}),
}


@pytest.mark.parametrize(("true", "forged"), FORGED.values(), ids=FORGED)
def test_a_plan_that_is_shown_otherwise_has_another_hash(true, forged):
    """FW-4: a pull request may write any plan; what is agreed to below one is what it showed."""
    real = {"steps": [true], "adjusted": {true["urn"]: ["protect"]}}
    made = {**real, "steps": [{**true, **forged}]}

    assert render(real).partition("plan `")[0] != render(made).partition("plan `")[0]
    assert digest_of(real) != digest_of(made)


def test_a_plan_with_a_step_left_out_has_another_hash():
    real = {"steps": [LIFTED, LOST], "adjusted": {LIFTED["urn"]: ["protect"]}}

    assert digest_of(real) != digest_of({**real, "steps": [LOST]})


def test_a_hash_does_not_depend_on_the_order_in_which_a_state_is_written():
    def gone(name, turn):
        fields = (("custom", True), ("inputs", {"name": name}))
        return step("delete", QUEUE, "q", oldState=dict(fields[::turn]))

    one, other = ({"steps": [gone("a", turn), gone("b", -turn)]} for turn in (1, -1))

    assert digest_of(one) == digest_of(other)


@pytest.mark.parametrize("turn", [1, -1])
def test_what_is_shown_does_not_depend_on_the_order_of_the_steps_of_a_resource(turn):
    both = [step("update", QUEUE, "q"), step("delete", QUEUE, "q")][::turn]

    assert "**1 to delete.**" in render({"steps": both})


def test_incident_1_a_host_that_another_takes_the_place_of_stops_answering():
    """Incident 1: the deploy listed only the new host, and the old one was detached."""
    hosts = states({"hostname": "a.chitty.cc"}, {"hostname": "b.chitty.cc"})
    moved = step("replace", DOMAIN, "edge", replaceReasons=["hostname"], **hosts)

    text = render({"steps": [moved]})

    said = "`closes a.chitty.cc, which stops answering; opens b.chitty.cc`"
    assert text.index("### Who gets in changes") < text.index(said) < text.index("accept ")


def test_incident_2_workers_dev_that_is_switched_off_is_a_change_of_who_gets_in():
    """Incident 2: a host was added, and workers.dev, which clients used, went off with it."""
    added = step("create", DOMAIN, "edge", newState={"inputs": {"hostname": "a.chitty.cc"}})
    off = step("update", SUBDOMAIN, "edge", **states({"enabled": True}, {"enabled": False}))

    rows = [row for row in render({"steps": [added, off]}).splitlines() if row.startswith("- ")]

    assert rows == [
        "- update `WorkersScriptSubdomain` `edge`: `closes workers.dev`",
        "- create `WorkersCustomDomain` `edge` (`a.chitty.cc`): `opens a.chitty.cc`",
    ]


def test_incident_19_a_rename_that_destroys_and_creates_says_so():
    """Incident 19: a rename was thought to be in place; the comment says replace, interruption."""
    names = states({"name": "a.chitty.cc"}, {"name": "b.chitty.cc"})
    renamed = step("replace", RECORD, "edge", replaceReasons=["name"], **names)

    text = render({"steps": [renamed]})

    assert "**1 to replace.**" in text
    under = text.partition("### Is interrupted\n\n")[2].splitlines()[0]
    assert under == (
        "- **replace** `DnsRecord` `edge` (`b.chitty.cc`): `is no rename: the record is deleted, "
        "and another is made: name cannot be changed in place`"
    )


def test_a_long_comment_keeps_what_comes_first_its_totals_and_its_marks():
    """FW-4: cut safely."""
    plan = {
        **ALL,
        "steps": [
            *ALL["steps"],
            *(step("create", QUEUE, f"queue-{n}-" + "x" * 40) for n in range(2_000)),
        ],
    }

    text = render(plan, base=BASE)

    assert LIMIT - 1_000 < len(text) <= LIMIT
    assert "**1 to replace, 1 to delete, 2 to update, 2001 to create.**" in text
    assert "### Data is lost" in text
    assert text.splitlines()[-1].endswith(f"plan `{digest_of(plan)}`")
    assert re.search(r" \|\n\nand \d+ more; the log of the job has them all\n\n</details>\n", text)
    assert text.count("```") == 2


def test_of_many_losses_as_many_as_fit_are_named_and_the_rest_counted():
    lost = [step("delete", BUCKET, f"bucket-{n:04}") for n in range(3_000)]

    text = render({"steps": lost})

    named = re.findall(r"^- \*\*delete\*\* `R2Bucket` `bucket-\d+`", text, re.MULTILINE)
    (more, *_) = re.findall(r"^and (\d+) more; ", text, re.MULTILINE)
    assert len(text) <= LIMIT
    assert len(named) + int(more) == 3_000
    assert "**3000 to delete.**" in text
    assert text.count("<details>") == text.count("</details>") == 1


def test_what_has_to_stay_and_does_not_fit_is_an_error_of_the_caller():
    with pytest.raises(ValueError, match="10 characters are too few"):
        fit([Part(before=("a" * 20,))], 10)


def test_only_rows_that_are_shown_are_made():
    made = []

    def row(number):
        made.append(number)
        return "x" * 99

    text = fit([Part(range(10_000), row), Part(range(10_000), row)], 1_000)

    assert 0 < text.count("x" * 99) < 10
    assert len(made) <= text.count("x" * 99) + 2  # of each part the one that was too long
    assert f"and {10_000 - text.count('x' * 99)} more" in text


def test_values_of_a_large_plan_are_looked_at_only_where_they_are_shown(monkeypatch):
    looked: list[int] = []

    def tell(*_: object) -> str:
        looked.append(1)
        return "a.example"

    monkeypatch.setattr(shown_values, "tell", tell)
    monkeypatch.setattr(addresses, "tell", shown_values.tell)
    monkeypatch.setattr(input_differences, "tell", shown_values.tell)
    hosts = [step("replace", DOMAIN, f"h{number}", **hosted(number)) for number in range(5_000)]

    text = render({"steps": hosts})

    assert len(text) > 50_000
    assert text.count("and ") >= 2
    assert 0 < len(looked) < 5_000


def hosted(number):
    return states({"hostname": f"a{number}.example"}, {"hostname": f"b{number}.example"})
