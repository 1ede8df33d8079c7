"""A look at an account that checks the configuration while the engine is at work."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.automation import CommandError, CommandResult
from pulumi.automation.events import EngineEvent

from config.reading.problems import ConfigError, Problem
from ops.errors import OpsError
from ops.paths import Paths
from ops.run import refresh
from ops.stack import account_identity, command_lock
from ops.stack.target import Target

WRONG = ConfigError([Problem("Pulumi.s.yaml", "chittyos:zones", "is a text")])
SECONDS = 5


@pytest.fixture
def looking(monkeypatch):
    """Return what a look did in turn, with an engine and checks that do as they are told."""
    did: list[str] = []
    told: Any = SimpleNamespace(did=did, engine=lambda: None, settle=lambda: None, local=True)

    def preview_refresh(*, on_event, **_):
        did.append("engine")
        told.engine()
        on_event(EngineEvent.from_json({"cancelEvent": {}}))
        did.append("engine ended")

    def settle(_):
        told.settle()
        did.append("settled")

    def opened(name):
        environment = "development" if told.local else "staging"
        stack = SimpleNamespace(preview_refresh=preview_refresh)
        did.append(name)
        return SimpleNamespace(target=Target("s", environment, {}), stack=stack)

    told.begin = lambda: opened("begun")
    monkeypatch.setattr(refresh, "begin_session", lambda *_: told.begin())
    monkeypatch.setattr(refresh, "open_session", lambda *_: opened("opened"))
    monkeypatch.setattr(refresh, "settle", settle)
    monkeypatch.setattr(refresh, "check_api", lambda _: None)
    monkeypatch.setattr(account_identity, "check", lambda _: did.append("account"))
    return told


def look():
    return refresh.look_soon(Paths(), "s")


def fails():
    raise CommandError(CommandResult(stdout="", stderr="error: no salt", code=255))


def refused(error):
    def refuse():
        raise error

    return refuse


def test_the_configuration_is_settled_while_the_engine_is_at_work(looking):
    begun, settled = threading.Event(), threading.Event()

    def engine():
        begun.set()
        assert settled.wait(SECONDS)

    def settle():
        assert begun.wait(SECONDS)
        settled.set()

    looking.engine, looking.settle = engine, settle
    look()

    assert sorted(looking.did[2:]) == ["account", "engine ended", "settled"]


def test_what_the_engine_found_is_not_believed_where_the_configuration_is_wrong(looking):
    looking.settle = refused(WRONG)

    with pytest.raises(ConfigError, match="chittyos:zones: is a text"):
        look()
    assert looking.did == ["begun", "engine", "engine ended"]


def test_a_wrong_configuration_is_said_before_what_the_engine_failed_with(looking):
    looking.settle, looking.engine = refused(WRONG), fails

    with pytest.raises(ConfigError):
        look()


def test_an_engine_that_failed_before_all_was_settled_is_asked_again(looking):
    failures = [fails]

    def engine():
        if failures:
            failures.pop()()

    looking.engine = engine

    assert look()[1].failure is None
    assert looking.did.count("engine") == 2


def test_of_an_account_an_engine_that_failed_has_failed(looking):
    looking.engine, looking.local = fails, False

    with pytest.raises(OpsError, match="no salt"):
        look()
    assert looking.did.count("engine") == 1


@pytest.mark.parametrize("begin", [lambda: None, refused(OpsError("no environment"))])
def test_what_cannot_begin_is_opened_in_order_with_its_errors(looking, begin):
    looking.begin = begin

    look()

    assert looking.did == ["opened", "account", "engine", "engine ended"]


def test_another_command_is_waited_for_once(looking):
    looking.begin = refused(command_lock.BusyError("another run of ops is under way"))

    with pytest.raises(OpsError, match="another run of ops is under way"):
        look()
    assert looking.did == []


def test_a_stack_that_does_not_exist_is_not_made_before_all_is_settled(looking):
    class Begun:
        target = Target("s", "staging", {})

        @property
        def stack(self):
            raise OpsError("no stack named 's' found")

    looking.begin = Begun

    look()

    assert looking.did == ["opened", "account", "engine", "engine ended"]
