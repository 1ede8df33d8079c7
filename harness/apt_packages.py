"""Packages of Debian that tests need, installed where the machine lacks them."""

import os
import subprocess
from collections.abc import Sequence

from toolchain.progress import step


def install(apt: str, packages: Sequence[str], what: str, seconds: float) -> str:
    """Install *packages* by the program *apt*; return the last line that it complained with.

    *what* is shown meanwhile. Each of its two steps may take *seconds*. Whether the packages are
    there then is for the caller to see.
    """
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [apt, "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    said = ""
    with step(what):
        for command in ([apt, "update", "--quiet"], install):
            done = subprocess.run(
                command,
                env=quiet,
                capture_output=True,
                text=True,
                check=False,
                timeout=seconds,
            )
            said = done.stderr
    return (said.strip().splitlines() or [""])[-1]
