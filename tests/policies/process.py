"""The pack as its own process, spoken to as the engine speaks to it."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc

PACK = Path(__file__).resolve().parents[2] / "policies"
NO_ENGINE = "127.0.0.1:1"
STOP_SECONDS = 10


@contextlib.contextmanager
def running(cwd: Path, folder: Path = PACK) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """Start the pack as a built engine starts it, with no environment to speak of."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", NO_ENGINE, str(folder)]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(cwd)}
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        port = process.stdout.readline().strip()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)
