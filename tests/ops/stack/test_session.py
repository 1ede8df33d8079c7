"""The stack of a session: of what is known already the engine is not asked."""

import subprocess
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.paths import Paths
from ops.stack import session as sessions
from ops.stack.session import Session
from ops.stack.target import Target
from toolchain.engine import Engine

TOOLS: Any = SimpleNamespace(engine=Engine(Path("/nowhere/pulumi"), "3.259.1", "built"))
MADE = Target("development", "development", {})


@pytest.fixture
def _no_process(monkeypatch):
    def start(command, *_, **__):
        pytest.fail(f"was run: {command}")

    monkeypatch.setattr(subprocess, "Popen", start)


@pytest.mark.usefixtures("_no_process")
def test_a_stack_of_this_machine_is_there_without_a_run_of_the_engine():
    stack = Session(Paths(), MADE, TOOLS).stack

    assert stack.name == "development"
    assert stack.workspace.pulumi_version == "3.259.1"


def test_whether_a_stack_of_an_account_exists_the_engine_is_asked(monkeypatch):
    asked = []
    monkeypatch.setattr(
        sessions._KnownEngine, "run", lambda _self, arguments, *_: asked.append(arguments)
    )

    _ = Session(Paths(), Target("staging", "staging", {}), TOOLS).stack

    assert asked == [["stack", "select", "--stack", "staging"]]


@pytest.mark.parametrize(("given", "used"), [(None, "400"), ("", "400"), ("50", "50")])
def test_the_engine_looks_for_garbage_rarely_unless_the_shell_says_how_often(
    monkeypatch, given, used
):
    monkeypatch.delenv("GOGC", raising=False)
    if given is not None:
        monkeypatch.setenv("GOGC", given)

    assert Session(Paths(), MADE, TOOLS).stack.workspace.env_vars == {"GOGC": used}


def test_the_configuration_is_that_of_the_last_run_of_the_program(monkeypatch):
    session = Session(Paths(), MADE, TOOLS)
    configuration: Any = object()
    monkeypatch.setattr(sessions, "program", lambda: configuration)

    session._program()

    assert session.configuration is configuration


def test_the_program_waits_for_what_is_imported_ahead_of_it(monkeypatch):
    order, waits = [], threading.Event()

    def load(_target):
        waits.wait(10)
        order.append("imported")

    monkeypatch.setattr(sessions, "_load_ahead", load)
    monkeypatch.setattr(sessions, "program", lambda: order.append("run"))
    session = Session(Paths(), MADE, TOOLS)
    session.load_ahead()
    session.load_ahead()
    threading.Timer(0.1, waits.set).start()

    session._program()

    assert order == ["imported", "run"]


def test_a_stack_whose_program_is_not_run_imports_nothing_for_it():
    """A drift, a refresh and a destroy ask the engine alone."""
    session = Session(Paths(), MADE, TOOLS)

    assert session.stack.name == MADE.name
    assert session._ahead.ident is None, "a thread has it once it is started"


def test_what_cannot_be_imported_ahead_is_left_to_the_program(monkeypatch):
    def fail(name):
        raise SyntaxError(name)

    monkeypatch.setattr(sessions, "import_module", fail)

    sessions._load_ahead(MADE)


@pytest.mark.usefixtures("_no_process")
def test_the_engine_is_not_run_for_outputs_that_nobody_asks_for():
    assert Session(Paths(), MADE, TOOLS).stack.outputs() == {}


def test_nor_for_those_of_a_stack_of_an_account(monkeypatch):
    asked = []
    monkeypatch.setattr(
        sessions._KnownEngine, "run", lambda _self, arguments, *_: asked.append(arguments[1])
    )
    stack = Session(Paths(), Target("staging", "staging", {}), TOOLS).stack

    assert stack.outputs() == {}
    assert asked == ["select"]
