"""What failed beside others is run once more alone, and what needs the engine waits for it."""

import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from common.locks import exclusive
from harness import suite
from tests.toolchain.tools import says
from toolchain import engine

PROJECT = Path(__file__).parents[2]
SOMETIMES = """
from pathlib import Path

def test_sometimes():
    seen = Path(__file__).with_name("seen")
    first = not seen.exists()
    seen.touch()
    assert not first
"""
WRONG = "def test_wrong():\n    assert False\n"
RIGHT = "def test_right():\n    pass\n"


@pytest.fixture
def suite_of(tmp_path, monkeypatch, capfd):
    """Make a suite of files and give the status of its run with what it printed."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setattr(suite, "SIDE_BY_SIDE", ("-q", "-n", "0"))

    def make(*texts):
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        for number, text in enumerate(texts):
            (tmp_path / f"test_{number}.py").write_text(text)
        return suite.run([], tmp_path), capfd.readouterr().out

    return make


def test_what_passes_alone_is_named_and_fails_nothing(suite_of):
    status, said = suite_of(RIGHT, SOMETIMES)

    assert status == 0
    assert said.rstrip().endswith("so mend them: test_1.py::test_sometimes")


def test_what_fails_alone_fails_the_suite(suite_of):
    status, said = suite_of(SOMETIMES, WRONG)

    assert status == 1
    assert "once more, alone: test_0.py::test_sometimes, test_1.py::test_wrong" in said
    assert "so mend them" not in said


def test_many_failures_are_not_the_machine(suite_of):
    status, said = suite_of(*[SOMETIMES.replace("seen", f"seen{n}") for n in range(suite.MOST + 1)])

    assert status == 1
    assert "once more" not in said


@pytest.mark.parametrize("text", ["import nothing_of_this_name\n", "def test_(:\n"])
def test_what_does_not_load_is_not_run_again(suite_of, text):
    status, said = suite_of(RIGHT, text)

    assert status > 1
    assert "once more" not in said


def test_a_suite_that_passes_runs_once(suite_of):
    status, said = suite_of(RIGHT)

    assert status == 0
    assert said.count("1 passed") == 1


def test_failures_of_an_earlier_run_are_forgotten(suite_of, tmp_path):
    suite_of(WRONG)
    (tmp_path / "test_0.py").write_text(RIGHT)

    assert suite.run([], tmp_path) == 0


WRITES = "def test_writes(tmp_path):\n    print(tmp_path)\n    assert SAID not in str(tmp_path)\n"


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """Let a folder stand for the memory of the machine, which has room for all."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(suite, "MEMORY", folder)
    monkeypatch.setattr(suite, "NEEDED_BYTES", 0)
    return folder


def test_tests_write_into_memory_and_leave_nothing_there(suite_of, memory):
    status, said = suite_of(WRITES.replace("SAID", repr(str(memory))))

    assert status == 1
    assert f"{memory}/chittyos-tests-" in said
    assert list(memory.iterdir()) == []


LACKS = {
    "room": lambda patch, _: patch.setattr(suite, "NEEDED_BYTES", 1 << 60),
    "a folder": lambda patch, memory: patch.setattr(suite, "MEMORY", memory / "nowhere"),
    "the right to run programs": lambda patch, _: patch.setattr(os, "ST_NOEXEC", -1),
}


@pytest.mark.parametrize("lack", LACKS.values(), ids=LACKS)
def test_without_memory_tests_write_where_they_always_do(suite_of, memory, monkeypatch, lack):
    lack(monkeypatch, memory)

    status, said = suite_of(WRITES.replace("SAID", repr(str(memory))))

    assert status == 0, said


def test_files_that_run_the_engine_come_between_the_runtime_and_the_rest():
    files = [{"parametrize"}, {"engine", "workerd"}, {"workerd"}, set(), {"engine"}]

    ordered = sorted(files, key=suite.place)

    assert ordered == [{"workerd"}, {"engine", "workerd"}, {"engine"}, {"parametrize"}, set()]


@pytest.fixture
def places(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(suite, "POLL_SECONDS", 0.01)
    shutil.copytree(engine.ROOT / "toolchain", tmp_path / "clone" / "toolchain")
    return engine.Places(tmp_path / "clone", tmp_path / "cache")


def test_an_engine_that_nobody_makes_is_not_waited_for(places):
    suite.await_engine(places)

    assert not places.making.exists()


@pytest.mark.parametrize("ends", ["made", "failed"])
def test_an_engine_that_is_being_made_is_waited_for(places, ends):
    waiting = threading.Thread(target=suite.await_engine, args=[places], daemon=True)
    with exclusive(places.making):
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        if ends == "made":
            put(places)
            waiting.join(60)
            assert not waiting.is_alive()
    waiting.join(60)

    assert not waiting.is_alive()
    assert (engine.find(places) is not None) == (ends == "made")


def put(places):
    """Put an engine where one that is built is kept."""
    folder = places.own / engine._key(places, "built")
    pulumi = says(folder / "bin", "pulumi", f"v{places.pair.engine}")
    facts = {"version": "3.276.0", "origin": "built", "size": pulumi.stat().st_size}
    (folder / "engine.json").write_text(json.dumps(facts))


def test_files_that_share_a_host_are_run_by_one_process():
    host, states = suite.SHARING

    assert suite.shared(f"{host}test_one.py::test_a[x]") == host
    assert suite.shared(f"{host}test_two.py::test_b") == host
    assert suite.shared(f"{states}store/test_one.py::test_a") == states
    assert suite.shared(f"{states}migration/test_two.py::test_b") == states
    assert suite.shared("tests/engine/test_access.py::test_a") is None
    assert all(any(PROJECT.glob(f"{each}*")) for each in suite.SHARING)
