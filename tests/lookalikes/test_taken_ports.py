"""What the command of each look-alike says where it cannot begin."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

import lookalikes
from harness.clone import ROOT

ALL = sorted(file.parent.name for file in Path(lookalikes.__path__[0]).glob("*/__main__.py"))
GIVEN = {
    "github": ["{folder}/repository.json"],
    "onepassword_connect": ["--data={folder}"],
    "pulumi_cloud": ["--data={folder}"],
}
"""What a command has to be given beside its port."""


@pytest.mark.parametrize("name", ALL)
def test_a_port_that_is_taken_is_said_and_no_address_of_a_service(tmp_path, name):
    folder = tmp_path / "kept"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        given = [each.format(folder=folder) for each in GIVEN.get(name, [])]
        command = [sys.executable, "-m", f"lookalikes.{name}", *given, f"--port={port}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: port {port} of 127.0.0.1 cannot be taken: ")
    assert done.stderr.endswith("name another by --port\n")
    assert not folder.exists()
