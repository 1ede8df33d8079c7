"""Which processes of a command take the CPU, as Linux tells it; nothing elsewhere."""

import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

SECONDS = 0.01
"""How often the processes are looked at."""

KINDS = {
    "set-up": "toolchain setup",
    "policy pack": "policies",
    "plugin": "-m provider",
    "dynamic providers": "pulumi.dynamic",
    "bundler": "esbuild",
    "bundler's Node": "bundler.mjs",
    "engine": "/pulumi ",
    "commands and program": "-m ops",
    "start of the local Cloudflare": "-m local",
}
"""What stands in the command line of each kind."""

PROC = Path("/proc")


def cpu_by_kind(command: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> dict[str, float]:
    """Run *command*; return the CPU seconds of its processes, by kind. The last tick may be missed.

    What is of no kind is `other`. Empty where there is no /proc.
    """
    if not (PROC / "self" / "stat").exists():
        return {}
    seen: dict[int, tuple[str, float]] = {}
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            _look({process.pid, *seen}, seen)
            time.sleep(SECONDS)
    total: dict[str, float] = defaultdict(float)
    for line, seconds in seen.values():
        total[_kind(line)] += seconds
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def _look(known: set[int], seen: dict[int, tuple[str, float]]) -> None:
    """Note each descendant of *known* and what it has used."""
    for folder in PROC.glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) not in known and int(folder.name) not in known:
                continue
            line = (folder / "cmdline").read_text().replace("\0", " ")
        except (OSError, IndexError):  # it has ended meanwhile
            continue
        known.add(int(folder.name))
        ticks = int(fields[11]) + int(fields[12])
        before = seen.get(int(folder.name), (line, 0.0))[0]
        seen[int(folder.name)] = (line or before, ticks / os.sysconf("SC_CLK_TCK"))


def _kind(line: str) -> str:
    return next((kind for kind, part in KINDS.items() if part in line), "other")
