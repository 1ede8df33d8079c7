"""The `development` stack of a clone, as its users meet it: over HTTP, and through its commands."""

import os
import signal
import subprocess
from contextlib import contextmanager
from typing import Any

import httpx

from tests.ops.clone import Clone, Done

HOST = "connect-development.chitty.cc"
ENTRY = "systems/chittyconnect/workers/connect/index.ts"


def ask(clone: Clone, method: str, path: str, **sent: Any) -> httpx.Response:
    """Ask ChittyConnect at the edge, with the development token."""
    token = (clone.root / ".local" / "development-token").read_text().strip()
    headers = {"Host": HOST, "Authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{clone.port + 1}{path}"
    return httpx.request(method, url, headers=headers, timeout=30, **sent)


def pulumi(clone: Clone, *arguments: str, given: str = "") -> Done:
    """Run plain `pulumi` in the clone as `ops env` sets it up; *given* on standard input."""
    exports = clone.ops("env", "development")
    assert exports.code == 0, exports.said
    done = subprocess.run(
        ["/bin/sh", "-euc", f'{exports.out}\nexec pulumi "$@"', "sh", *arguments],
        cwd=clone.root,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def edited(clone: Clone, addition: str, file: str = ENTRY):
    """Let *addition* stand at the end of *file* for a while."""
    path = clone.root / file
    text = path.read_text()
    path.write_text(f"{text}\n{addition}\n")
    try:
        yield
    finally:
        path.write_text(text)


def kill_everything(clone: Clone) -> int:
    """Kill -9 every process that mentions the clone's folder at once; how many there were."""
    shown = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True, check=True
    )
    running = (line.split(maxsplit=1) for line in shown.stdout.splitlines())
    pids = [int(pid) for pid, arguments in running if str(clone.root) in arguments]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return len(pids)
