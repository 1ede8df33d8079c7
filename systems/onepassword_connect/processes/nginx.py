"""The real nginx as a process of this machine."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from common.parent_death import die_with_parent

PLACES = ("/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx")
"""Where it lies beside the PATH, which often leaves `sbin` out."""

FIGURES = "figures"
"""Socket of its own figures, in its folder."""

POLL_SECONDS = 0.02


def find() -> Path | None:
    """Return the executable of this machine; `None` where there is none."""
    found = shutil.which("nginx") or next(filter(os.path.exists, PLACES), None)
    return Path(found) if found else None


def run(
    executable: Path, configuration: str, folder: Path, listen: Path, ready: Callable[[], None]
) -> int | None:
    """Run nginx until the input ends; call *ready* once it answers at *listen*.

    Returns 0 at the end of the input, nginx's own status when it ended by itself, and `None` when
    it never answered: why, it has said.
    """
    file = folder / "nginx.conf"
    file.write_text(configuration)
    options = ["-e", "stderr", "-p", str(folder), "-c", str(file)]
    if subprocess.run(
        [executable, *options, "-t", "-q"], stdout=sys.stderr, check=False
    ).returncode:
        return None
    # A socket that nginx did not live to remove is in its way, and its test makes one.
    for left in (listen, folder / FIGURES):
        left.unlink(missing_ok=True)
    process = _start([str(executable), *options])
    try:
        if not _answers(listen, process):
            return None
        asked_to_end = _end_with_input(process)
        ready()
        status = process.wait()
    finally:
        _kill_rest(process)
    return 0 if asked_to_end.is_set() else status or 1


def let_go(folder: Path) -> None:
    """Have the nginx of *folder*, if one runs, end connections that are kept for later requests."""
    with suppress(OSError, ValueError):
        os.kill(int((folder / "nginx.pid").read_text()), signal.SIGHUP)


def _start(command: list[str]) -> "subprocess.Popen[bytes]":
    # Root's workers would be somebody else, who reaches nothing here.
    user = " user root;" if os.geteuid() == 0 else ""
    return subprocess.Popen(
        [*command, "-g", f"daemon off;{user}"],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        stderr=sys.stderr,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no thread holds a lock yet
    )


def _end_with_input(process: "subprocess.Popen[bytes]") -> threading.Event:
    """End nginx when the input of this process ends, which is that of whoever started it."""
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.buffer.read()
        ended.set()
        process.terminate()

    threading.Thread(target=wait, daemon=True).start()
    return ended


def _answers(listen: Path, process: "subprocess.Popen[bytes]") -> bool:
    while process.poll() is None:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as asked:
            asked.connect(str(listen))
            return True
        time.sleep(POLL_SECONDS)
    return False


def _kill_rest(process: "subprocess.Popen[bytes]") -> None:
    """End what a killed nginx left: its workers go on without it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
