"""A host that the engine started does not outlive it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

RUNNER = Path(__file__).parents[2] / "toolchain" / "exit_with_parent.py"


@pytest.fixture
def host(tmp_path):
    """Write a module `host` that says its process and arguments, and waits for ever."""
    (tmp_path / "host.py").write_text(
        "import os, sys, time\nprint(os.getpid(), *sys.argv[1:], flush=True)\ntime.sleep(60)\n"
    )
    return tmp_path


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_runs_a_module_of_the_folder_with_its_arguments_and_ends_with_its_parent(host):
    parent = subprocess.Popen(
        ["/bin/sh", "-c", f'"{sys.executable}" "{RUNNER}" host a "b c" & wait'],
        cwd=host,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    said = parent.stdout.readline().split(maxsplit=1)
    pid = int(said[0])
    assert said[1] == "a b c\n"
    assert alive(pid)

    parent.kill()
    parent.wait()

    ends = time.monotonic() + 10
    while alive(pid) and time.monotonic() < ends:
        time.sleep(0.05)
    parent.stdout.close()
    assert not alive(pid)
