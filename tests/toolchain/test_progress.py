"""A long step shows that it is alive, and how it ended."""

import io
import time

import pytest

from toolchain import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_step_in_a_log_says_now_and_then_how_far_it_is(monkeypatch):
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.02)
    stream = io.StringIO()

    with progress.step("building", stream) as step:
        step.detail = "(3 of 9 packages)"
        wait_for(lambda: "(3 of 9 packages)" in stream.getvalue())

    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("… building, 0 s")
    assert lines[-1] == "✓ building (0 s)"


def test_a_step_on_a_terminal_leaves_one_line():
    stream = Terminal()

    with progress.step("building", stream):
        pass

    assert stream.getvalue().endswith("\r\033[K✓ building (0 s)\n")


def test_a_failed_step_says_so_and_the_error_goes_on():
    stream = io.StringIO()

    with pytest.raises(ValueError, match="broken"), progress.step("building", stream):
        raise ValueError("broken")

    assert stream.getvalue() == "✗ building (0 s)\n"


def wait_for(condition):
    ends = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)
