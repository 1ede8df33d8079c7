"""The stack of a session: of what is known already the engine is not asked."""

import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.automation import CommandResult, StackNotFoundError

from ops.errors import OpsError
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


@pytest.mark.parametrize(("exists", "made"), [(True, []), (False, ["init"])])
def test_a_stack_that_has_to_exist_is_not_made(monkeypatch, exists, made):
    asked = []

    def run(_self, arguments, *_):
        asked.append(arguments[1])
        if arguments[1] == "select":
            said = "error: no stack named 'staging' found"
            raise StackNotFoundError(CommandResult(stdout="", stderr=said, code=255))

    monkeypatch.setattr(sessions._KnownEngine, "run", run)
    session = Session(Paths(), Target("staging", "staging", {}), TOOLS, exists=exists)

    with pytest.raises(OpsError, match="no stack named") if exists else nullcontext():
        assert session.stack
    assert asked == ["select", *made]


@pytest.mark.parametrize(
    ("environment", "there", "begun"),
    [
        ("development", {"file", "engine"}, True),
        ("development", {"engine"}, False),
        ("development", {"file"}, False),
        ("staging", {"engine"}, True),
        ("staging", set(), False),
    ],
    ids=["all there", "never run", "no engine", "of an account", "of an account, no engine"],
)
def test_a_session_begins_before_it_is_settled_where_nothing_has_to_be_made(
    monkeypatch, tmp_path, environment, there, begun
):
    paths, target = Paths(tmp_path), Target("s", environment, {})
    if "file" in there:
        paths.stacks.mkdir(parents=True)
        paths.effective("s").write_text("config: {}\n")
    engine = Path("pulumi") if "engine" in there else None
    monkeypatch.setattr(sessions, "read_target", lambda *_: target)
    monkeypatch.setattr("toolchain.engine.find", lambda _: engine)
    monkeypatch.setattr("ops.stack.command_lock.take", lambda _: None)
    monkeypatch.setattr(sessions, "_equipped", lambda *_: Session(paths, target, TOOLS))

    session = sessions.begin_session(paths, "s")

    assert (session is not None) == begun
    assert session is None or session.exists


def test_what_a_look_needs_before_the_engine_runs_has_no_models_of_the_systems():
    """They take longer to import than an engine to start: `settle` imports them beside it."""
    code = """
import sys
import ops.commands.drift
print(*sorted({"pydantic", "httpx", "systems.registry", "config.platform"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "\n"
