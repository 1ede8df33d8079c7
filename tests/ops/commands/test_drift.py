"""How `drift` ends: 0 nothing, 3 found, 4 not known, and 1 for no reason of its own."""

import pytest
import typer

from config.reading.problems import ConfigError, Problem
from ops.commands import drift as command
from ops.drift import drift_rules
from ops.drift.drift_findings import Drift, Finding, Kind
from ops.errors import OpsError


def ends(monkeypatch, answer):
    """Return how the command ends when the comparison gives *answer*, or raises it."""

    def judged(*_):
        if isinstance(answer, Exception):
            raise answer
        return Drift("live", (Finding(answer, "urn:pulumi:live::p::a:b/c:Queue::jobs"),))

    monkeypatch.setattr(command, "look_soon", lambda *_: (None, None))
    monkeypatch.setattr(command, "judge", judged)
    try:
        command.drift("live")
    except typer.Exit as ended:
        return ended.exit_code
    except OpsError as error:
        return error.exit_code
    return 0


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Kind.UNCHANGED, 0),
        (Kind.MISSING, 3),
        (OpsError("the engine is not there"), 4),
        (ConfigError([Problem("Pulumi.live.yaml", "chittyos:zones", "is a text")]), 4),
    ],
    ids=["nothing", "found", "refused", "configuration"],
)
def test_what_was_found_has_a_code_of_its_own(monkeypatch, answer, code):
    assert ends(monkeypatch, answer) == code


def test_a_file_of_declared_noise_that_cannot_be_read_leaves_all_unknown(monkeypatch):
    def read(_):
        raise OpsError("drift.yaml cannot be read")

    monkeypatch.setattr(drift_rules, "read", read)

    assert ends(monkeypatch, Kind.UNCHANGED) == 4
