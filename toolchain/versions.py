"""Versions: what the project needs, and how to read what a tool says of itself."""

import re
import subprocess
from pathlib import Path

Version = tuple[int, int, int]

PYTHON: Version = (3, 11, 0)
NODE: Version = (20, 19, 0)

_RELEASE = re.compile(r"(?<![\w.])(?:v|go)?(\d+)\.(\d+)(?:\.(\d+))?(?![\w.]*[-+])")


def parse(text: str) -> Version | None:
    """Find the first release version in *text*; `None` for none or a pre-release."""
    found = _RELEASE.search(text)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def show(version: Version) -> str:
    """Write a version the way tools do: 3.259.0."""
    return ".".join(map(str, version))


def reported_by(*command: str | Path) -> Version | None:
    """Ask a tool for its version; `None` when it cannot be run or says none."""
    try:
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse(answer.stdout)


def needed_go(go_mod: Path) -> Version:
    """Read from *go_mod* the Go release the engine needs."""
    for line in go_mod.read_text().splitlines():
        word, _, rest = line.partition(" ")
        version = parse(rest) if word == "go" else None
        if version:
            return version
    raise ValueError(f"{go_mod}: no `go` line")
