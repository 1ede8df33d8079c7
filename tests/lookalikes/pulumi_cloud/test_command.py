"""What its command says where it cannot begin."""

import socket
import subprocess
import sys

from harness.clone import ROOT


def test_a_port_that_is_taken_is_said_and_no_address_of_a_service(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        given = [f"--port={port}", f"--data={tmp_path / 'cloud'}"]
        command = [sys.executable, "-m", "lookalikes.pulumi_cloud", *given]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: port {port} of 127.0.0.1 cannot be taken: ")
    assert done.stderr.endswith("name another by --port\n")
    assert not (tmp_path / "cloud").exists()
