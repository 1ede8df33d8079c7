"""A process that ends quickly has done all that was to be done at its end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BEGIN = """
import sys
from common.quick_end import quick_end
"""
DUTIES = f"""{BEGIN}
import atexit, tempfile, threading, time
class Left:
    def __del__(self):
        print("taken apart")
left = Left()
left.itself = left  # only the end of Python takes it apart
folder = tempfile.TemporaryDirectory()
atexit.register(print, "called at the end")
threading.Thread(target=lambda: (time.sleep(0.2), print("the thread has ended"))).start()
print(folder.name)
quick_end.code = CODE
sys.exit(9)
"""
BROKEN = f"""{BEGIN}
print("nobody reads this")
quick_end.code = 0
"""


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_what_was_to_be_done_at_the_end_is_done_and_the_code_is_its_own():
    done = run(DUTIES.replace("CODE", "3"))

    folder, *said = done.stdout.splitlines()
    assert said == ["the thread has ended", "called at the end"]
    assert (done.returncode, done.stderr) == (3, "")
    assert not Path(folder).exists()


def test_without_a_code_python_ends_as_ever():
    done = run(DUTIES.replace("CODE", "None"))

    assert done.returncode == 9
    assert "taken apart" in done.stdout


def test_a_pipe_that_nobody_reads_is_an_error_as_ever():
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(
        [sys.executable, "-c", BROKEN],
        cwd=ROOT,
        env=buffered,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()

    assert process.wait() == 120
    assert "BrokenPipeError" in said


PRESSED = """
import runpy, sys, types
from ops.terminal.interrupts import Interrupted
def app():
    raise Interrupted("pressed")
sys.modules["ops.commands.app"] = types.SimpleNamespace(app=app)
runpy.run_module("ops", run_name="__main__")
"""


def run_without(stream, code):
    shell = f'exec "$0" -c "$1" {stream}>&-'
    return subprocess.run(
        ["sh", "-c", shell, sys.executable, code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("stream", [1, 2])
def test_a_stream_that_was_closed_before_is_no_error(stream):
    done = run_without(stream, f"{BEGIN}\nquick_end.code = 3\n")

    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")


def test_nor_is_it_where_ctrl_c_ends_a_command():
    done = run_without(1, PRESSED)

    assert (done.returncode, done.stderr) == (130, "pressed\n")


def test_it_is_the_first_of_a_command_to_ask_and_so_the_last_to_be_called():
    code = """
import atexit
asked, register = [], atexit.register
def noted(call, *given, **named):
    asked.append(call.__module__)
    return register(call, *given, **named)
atexit.register = noted
import ops.__main__
print(asked[0], len(asked) > 1)
"""
    assert run(code).stdout == "common.quick_end True\n"
