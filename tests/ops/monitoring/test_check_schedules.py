"""What a check says at the end, and that no point of it is lost on the way (CC-15, FW-10)."""

import json
import subprocess
import sys

import pytest
from markdown_it import MarkdownIt

from ops.commands import check as command
from ops.errors import OpsError
from ops.monitoring import check_reports, check_schedules, recovery_drill
from ops.monitoring.check_schedules import Period, Point, closing, points, run
from ops.preflight.verdicts import State, Verdict
from ops.terminal import interrupts
from tests.ops.monitoring.example_checks import watched

ASKED_FOR = {
    Period.DAILY: {"health", "containers", "errors", "endings", "KV and D1", "figures"},
    Period.WEEKLY: {"Durable Objects and R2", "quotas"},
    Period.MONTHLY: {"cost", "recovery drill"},
}


def test_each_period_checks_what_the_shorter_ones_do_and_its_own():
    """CC-15: health, DO metrics, R2 usage, quotas, errors, container health, recovery drill."""
    expected = set()
    for period in Period:
        expected |= ASKED_FOR[period]

        assert {each.name for each in points(period)} == expected


def saying(*states):
    return [Verdict("point", each, "said") for each in states]


CLOSING = {
    "nothing": ((), State.GOOD, 0),
    "all good": ((State.GOOD, State.NOT_RUN), State.GOOD, 0),
    "a warning": ((State.GOOD, State.WARNING), State.WARNING, 3),
    "not known": ((State.WARNING, State.UNKNOWN), State.UNKNOWN, 4),
    "a fault": ((State.UNKNOWN, State.FAULT, State.GOOD), State.FAULT, 1),
}


@pytest.mark.parametrize(("states", "verdict", "code"), CLOSING.values(), ids=CLOSING)
def test_the_closing_verdict_is_the_worst_and_has_its_exit_code(states, verdict, code):
    found = closing(saying(*states))

    assert found is verdict
    assert command.CODES[found] == code


def test_a_check_that_cannot_be_made_leaves_its_point_open_and_the_others_run(
    tmp_path, monkeypatch
):
    def broken(_):
        raise OpsError("the engine does not answer; run make setup")

    listed = (
        Point("health", Period.DAILY, broken),
        Point("errors", Period.DAILY, lambda _: iter(saying(State.GOOD))),
        Point("quotas", Period.WEEKLY, lambda _: iter(saying(State.FAULT))),
    )
    monkeypatch.setattr(check_schedules, "POINTS", listed)
    heard: list[str] = []

    found = list(run(Period.DAILY, watched(tmp_path), heard.append))

    said = "the engine does not answer; run make setup"
    assert found == [Verdict("health", State.UNKNOWN, said), *saying(State.GOOD)]
    assert heard == ["health", "errors"]


@pytest.mark.parametrize("cloudflare", ["nothing", "a file where its folder has to be"])
def test_every_check_removes_what_a_killed_drill_left_of_users(tmp_path, monkeypatch, cloudflare):
    monkeypatch.setattr(check_schedules, "POINTS", ())
    left = tmp_path / ".local" / "restores" / f"{recovery_drill.PREFIX}killed"
    (left / "backup").mkdir(parents=True)
    if cloudflare != "nothing":
        (left / ".local").mkdir()
        (left / ".local" / "cloudflare").write_text("")

    assert list(run(Period.DAILY, watched(tmp_path))) == []

    assert list(left.parent.iterdir()) == []


DRILLED = """
import os, signal, sys
from pathlib import Path
from ops.paths import Paths
from ops.monitoring import recovery_drill
with recovery_drill._scratch(Paths(Path(sys.argv[1]))) as scratch:
    (scratch / "of-a-user").write_text("x")
    print(oct(scratch.stat().st_mode), flush=True)
    os.kill(os.getpid(), int(sys.argv[2]))
    signal.pause()
"""


@pytest.mark.parametrize("number", interrupts.ENDS)
def test_a_drill_that_is_asked_to_end_leaves_nothing_of_users(tmp_path, number):
    command = [sys.executable, "-c", DRILLED, str(tmp_path), str(int(number))]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.stdout == "0o40700\n"
    assert "Interrupted" in done.stderr
    assert list((tmp_path / ".local" / "restores").iterdir()) == []


def test_programs_get_the_closing_verdict_and_every_point():
    found = [Verdict("health", State.GOOD, "200"), Verdict("KV", State.NOT_RUN, "none", "")]

    told = json.loads(json.dumps(check_reports.document(Period.DAILY, "staging", found)))

    assert (told["verdict"], told["period"], told["stack"]) == ("good", "daily", "staging")
    assert [each["state"] for each in told["points"]] == ["good", "not run"]


HOSTILE = "`</code> <img src=x> @team #1 [a](http://b)\n# head\n- [ ] | \u202e --> ```"


def test_an_issue_begins_with_its_mark_and_what_others_wrote_is_inert_in_it():
    found = [Verdict(HOSTILE, State.FAULT, HOSTILE, HOSTILE), Verdict("health", State.GOOD, "200")]

    text = check_reports.issue(Period.WEEKLY, "staging", found)

    assert text.startswith("<!-- chittyos-check weekly staging -->\n**fault**: 1 fault, 1 good.")
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text.partition("\n")[2])
    assert html.count("<li>") == 2
    assert [tag for tag in ("<img", "<a ", "<h1", "<input", "<pre") if tag in html] == []


def test_an_issue_is_cut_where_it_is_too_long():
    found = [Verdict(f"point {number}", State.WARNING, "x" * 400) for number in range(1000)]

    text = check_reports.issue(Period.DAILY, "staging", found)

    assert len(text) < 65_000
    assert "lines are left out" in text
    assert text.endswith("this issue closes when nothing is left.\n")
