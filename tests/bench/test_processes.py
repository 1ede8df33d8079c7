"""Which processes of a command take the CPU."""

import os
import sys
from pathlib import Path

import pytest

from bench.processes import cpu_by_kind

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")
BURN = "import time\nends = time.process_time() + 0.3\nwhile time.process_time() < ends: pass"


@linux
def test_a_process_and_what_it_starts_are_counted_by_what_they_are(tmp_path):
    script = tmp_path / "child.py"
    script.write_text(BURN)
    start = f"subprocess.run([sys.executable, {str(script)!r}, '-m', 'provider'])"
    parent = f"import subprocess, sys\n{BURN}\n{start}"
    command = [sys.executable, "-c", parent]

    found = cpu_by_kind(command, tmp_path, os.environ)

    assert found.keys() == {"plugin", "other"}
    assert min(found.values()) > 0.2


@linux
def test_what_is_of_no_kind_is_other(tmp_path):
    found = cpu_by_kind([sys.executable, "-c", BURN], tmp_path, os.environ)

    assert found.keys() == {"other"}
    assert found["other"] > 0.2
