"""Run a tool quietly: its output goes to a log, its failure into one sentence."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from toolchain.errors import ToolchainError

TAIL_LINES = 8


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    log: Path,
    environ: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] = lambda _: None,
) -> None:
    """Run *command* in *cwd* and keep all it says in *log*; *on_line* sees each line.

    Raises `ToolchainError` with the last lines and the place of the log when it fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as file, _start(command, cwd, environ) as process:
        for line in process.stdout or ():
            file.write(line)
            on_line(line.rstrip())
    if process.returncode:
        raise ToolchainError(_failure(command, process.returncode, log))


def _start(
    command: Sequence[str | Path], cwd: Path, environ: Mapping[str, str] | None
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _failure(command: Sequence[str | Path], code: int, log: Path) -> str:
    last = [line for line in log.read_text().splitlines() if line.strip()][-TAIL_LINES:]
    name = Path(command[0]).name
    said = "\n".join(f"    {line}" for line in last)
    return f"{name} failed with exit code {code}; all it said is in {log}:\n{said}"
