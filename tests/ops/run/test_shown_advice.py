"""Advice of policies is shown once, with its remedy; a preview shows all of it."""

from types import SimpleNamespace
from typing import Any

import pytest

from ops.engine.report import Report
from ops.paths import Paths
from ops.run import progress, shown_advice
from ops.stack.target import Target

OLD = "name: Queue a: is short. Fix: make it longer."
SAME = "name: Queue b: is short. Fix: make it longer."
NEW = "date: WorkersScript c: is old. Fix: take a newer one."


@pytest.fixture
def session(tmp_path) -> Any:
    return SimpleNamespace(paths=Paths(tmp_path), target=Target("development", "development", {}))


def shown(session, capsys, *texts):
    report = Report(advice=list(texts))
    progress.summary(report, planned=False, known=shown_advice.known(session))
    shown_advice.remember(session, report)
    return capsys.readouterr().out.splitlines()[:-1]


def test_it_is_shown_once_and_what_is_new_is_shown(session, capsys):
    assert shown(session, capsys, OLD, SAME) == [
        "policy advice: name: Queue a, Queue b: is short. Fix: make it longer.",
        f"what is advised can be waived, with a reason: {progress.WAIVERS}",
    ]
    assert shown(session, capsys, OLD, SAME) == [
        "policy advice: 2 as before; a preview shows it again"
    ]
    assert shown(session, capsys, OLD, NEW)[0] == f"policy advice: {NEW}"


def test_what_nobody_can_do_anything_about_is_one_line(session, capsys):
    texts = [
        f"meta-not-yet-checkable: Queue {name}: Known only then: `{name}`. Fix: Nothing to do."
        for name in "ab"
    ]

    (said,) = shown(session, capsys, *texts)[:-1]
    assert said == (
        "policy advice: meta-not-yet-checkable: Queue a, Queue b: "
        "values that are known only during the update are checked then"
    )


def test_what_came_back_is_shown_again(session, capsys):
    shown(session, capsys, OLD)
    assert shown(session, capsys) == []

    assert shown(session, capsys, OLD)[0] == f"policy advice: {OLD}"


@pytest.mark.parametrize("content", ["{", "1", "\x00"])
def test_a_damaged_file_shows_everything_again(session, capsys, content):
    shown(session, capsys, OLD)
    (file,) = session.paths.advice.iterdir()
    file.write_text(content)

    assert shown(session, capsys, OLD)[0] == f"policy advice: {OLD}"


def test_nothing_is_written_where_nothing_is_advised(session, capsys):
    shown(session, capsys)

    assert not session.paths.advice.exists()
