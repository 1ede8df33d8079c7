"""A run of the engine is over when its last event has come, not when its process has ended."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.automation import CommandError, CommandResult
from pulumi.automation.events import EngineEvent

from ops.run import operations
from ops.stack.target import Target


def session(preview) -> Any:
    stack = SimpleNamespace(preview=preview)
    return SimpleNamespace(target=Target("s", "staging", {}), stack=stack, load_ahead=lambda: None)


def test_events_that_come_late_are_waited_for():
    late = []

    def preview(*, on_event, **_):
        def deliver():
            on_event(EngineEvent.from_json({"summaryEvent": {"resourceChanges": {"create": 2}}}))
            on_event(EngineEvent.from_json({"cancelEvent": {}}))

        late.append(threading.Timer(0.2, deliver))
        late[0].start()

    report = operations.preview(session(preview))

    late[0].join()
    assert report.counts == {"create": 2}
    assert report.failure is None


def test_a_run_whose_end_is_not_heard_of_is_no_success(monkeypatch):
    monkeypatch.setattr(operations, "EVENTS_SECONDS", 0.05)

    report = operations.preview(session(lambda **_: None))

    assert report.failure == "the engine did not say how preview s ended; run this again"


@pytest.mark.parametrize("only", [None, ["urn:a"]])
def test_a_run_may_be_kept_to_some_resources(only):
    seen = []

    def preview(*, on_event, target, **_):
        seen.append(target)
        on_event(EngineEvent.from_json({"cancelEvent": {}}))

    operations.preview(session(preview), only)

    assert seen == [only]


UNAUTHORIZED = {
    "the stand-in": "POST /accounts/a/queues: 403: Authentication error (10000); check that",
    "the official plugin": '403 Forbidden {"errors":[{"code":10000,"message":"no"}]}',
    "one that has ended": "GET /zones: 403: Invalid access token (9109)",
}


@pytest.mark.parametrize("said", UNAUTHORIZED.values(), ids=UNAUTHORIZED)
def test_a_token_that_lacks_something_is_told_what_names_it(said):
    """Incident 14, incident 15: the token lacks something, or has ended."""

    def preview(**_):
        raise CommandError(CommandResult(stdout="", stderr=f"error: {said}", code=1))

    lines = str(operations.preview(session(preview)).failure).splitlines()

    assert lines[-1].endswith("named by: python -m ops doctor s")
    assert len(lines) == 2


def test_any_other_failure_is_left_as_it_is():
    def preview(**_):
        raise CommandError(CommandResult(stdout="", stderr="error: code 10021", code=1))

    assert operations.preview(session(preview)).failure == "code 10021"
