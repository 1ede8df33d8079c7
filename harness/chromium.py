"""A page in a real browser: Chromium without a window, driven by its own protocol over two pipes.

On a machine without one, `ensure` installs the package of Debian where it may, and says otherwise
what is to be installed.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from common.locks import exclusive
from harness import apt_packages

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "chromium"
VARIABLE = "CHITTYOS_CHROMIUM"
"""Environment variable that names another executable."""

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic"),
    *("--no-first-run", "--no-default-browser-check", "--disable-extensions", "--mute-audio"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-default-apps", "--disable-domain-reliability", "--disable-breakpad"),
    *("--no-pings", "--hide-scrollbars", "--font-render-hinting=none"),
    "--remote-debugging-pipe",
)
SECONDS = 30
"""How long Chromium may take for one answer."""

INSTALL_SECONDS = 300
HEARS, SAYS = 3, 4
"""Descriptors by which Chromium is told, and tells."""


class NoBrowserError(Exception):
    """There is no Chromium here and none could be installed; says what is to be done."""


class PageError(Exception):
    """Chromium ended, did not answer, or an expression failed in it."""


def ensure() -> Path:
    """Return the executable of a Chromium; as root on Debian it is installed where it is missing.

    Raises `NoBrowserError` with what to install.
    """
    if found := _found():
        return found
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise NoBrowserError(
            f"no Chromium was found; install it (Debian: apt-get install {PACKAGE}), "
            f"or name one in {VARIABLE}"
        )
    with exclusive(Path(tempfile.gettempdir()) / "chittyos-chromium.lock"):
        return _found() or _installed(apt)


def _found() -> Path | None:
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def _installed(apt: str) -> Path:
    what = f"installing {PACKAGE}, which tests open pages in (apt-get install {PACKAGE})"
    complaint = apt_packages.install(apt, (PACKAGE,), what, INSTALL_SECONDS)
    found = _found()
    if found is None:
        said = complaint or "without a reason"
        raise NoBrowserError(f"apt-get install {PACKAGE} failed: {said}; install it by hand")
    return found


@contextmanager
def browser(executable: Path) -> Iterator["Page"]:
    """Start Chromium with a profile of its own; give one empty page, and end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        process, writes, reads = _start([str(executable), *FLAGS, f"--user-data-dir={profile}"])
        try:
            yield Page(writes, reads)
        finally:
            os.close(writes)
            os.close(reads)
            os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _start(command: list[str]) -> tuple[int, int, int]:
    """Start *command*, in a group of its own; return its id and the ends of its two pipes."""
    (hears, writes), (reads, says) = os.pipe(), os.pipe()
    # Out of the way of the descriptors that they become.
    far = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 10) for each in (hears, says)]
    nowhere = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in range(3)]
    pipes = [(os.POSIX_SPAWN_DUP2, far[0], HEARS), (os.POSIX_SPAWN_DUP2, far[1], SAYS)]
    process = os.posix_spawn(
        command[0], command, os.environ, file_actions=[*nowhere, *pipes], setpgroup=0
    )
    for each in (hears, says, *far):
        os.close(each)
    return process, writes, reads


class Page:
    """One page of a running Chromium."""

    console: list[str]
    """What it said on its console, and what Chromium said of it: level and text."""

    requests: list[str]
    """Every address that it has asked for."""

    def __init__(self, writes: int, reads: int) -> None:
        self.console, self.requests = [], []
        self._writes, self._reads = writes, reads
        self._heard = b""
        self._asked = 0
        self._session: str | None = None
        made = self._ask("Target.createTarget", url="about:blank")
        joined = self._ask("Target.attachToTarget", targetId=made["targetId"], flatten=True)
        self._session = joined["sessionId"]
        for part in ("Page", "Runtime", "Log", "Network"):
            self._ask(f"{part}.enable")

    def open(self, address: str) -> None:
        """Open *address*; return when all of it is loaded. Forgets what was said before."""
        self.console.clear()
        self.requests.clear()
        failed = self._ask("Page.navigate", url=address).get("errorText")
        if failed:
            raise PageError(f"{address}: {failed}")
        ends = time.monotonic() + SECONDS
        while self.evaluate("document.readyState") != "complete":
            if time.monotonic() > ends:
                raise PageError(f"{address} is not loaded after {SECONDS} s")
            time.sleep(0.02)

    def evaluate(self, expression: str) -> Any:
        """Return the value of *expression* of JavaScript; `PageError` with what it throws."""
        options = {"returnByValue": True, "awaitPromise": True}
        done = self._ask("Runtime.evaluate", expression=expression, **options)
        if failed := done.get("exceptionDetails"):
            said = failed.get("exception", {}).get("description") or failed.get("text")
            raise PageError(f"{expression[:80]}: {said}")
        return done["result"].get("value")

    def prefer(self, scheme: str) -> None:
        """Show pages as to somebody who prefers *scheme*: `light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._ask("Emulation.setEmulatedMedia", features=features)

    def resize(self, width: int, height: int) -> None:
        """Show pages in a window of *width* by *height* pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._ask("Emulation.setDeviceMetricsOverride", **size)

    def press(self, key: str, code: int) -> None:
        """Press and let go a key by its name and its number."""
        for what in ("keyDown", "keyUp"):
            pressed = {"type": what, "key": key, "code": key, "windowsVirtualKeyCode": code}
            self._ask("Input.dispatchKeyEvent", **pressed)

    def picture(self, path: Path) -> Path:
        """Write what the whole page looks like to *path*, a PNG."""
        taken = self._ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(taken["data"]))
        return path

    def _ask(self, method: str, **given: Any) -> dict[str, Any]:
        self._asked += 1
        message: dict[str, Any] = {"id": self._asked, "method": method, "params": given}
        if self._session:
            message["sessionId"] = self._session
        try:
            os.write(self._writes, json.dumps(message).encode() + b"\0")
        except BrokenPipeError:
            raise PageError("Chromium has ended") from None
        ends = time.monotonic() + SECONDS
        while True:
            answer = self._hear(ends)
            if answer.get("id") == self._asked:
                break
            self._note(answer)
        if failed := answer.get("error"):
            raise PageError(f"{method}: {failed['message']}")
        return dict(answer.get("result") or {})

    def _hear(self, ends: float) -> dict[str, Any]:
        while b"\0" not in self._heard:
            left = max(0.0, ends - time.monotonic())  # events on the way make it no longer
            ready, _, _ = select.select([self._reads], [], [], left)
            more = os.read(self._reads, 1 << 16) if ready else b""
            if not more:
                raise PageError(f"Chromium {'has ended' if ready else 'does not answer'}")
            self._heard += more
        message, _, self._heard = self._heard.partition(b"\0")
        return dict(json.loads(message))

    def _note(self, event: dict[str, Any]) -> None:
        said = event.get("params") or {}
        match event.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(said["request"]["url"])
            case "Runtime.consoleAPICalled":
                words = (str(each.get("value", "")) for each in said["args"])
                self.console.append(f"{said['type']}: {' '.join(words)}")
            case "Runtime.exceptionThrown":
                self.console.append(f"exception: {said['exceptionDetails']['text']}")
            case "Log.entryAdded":
                self.console.append(f"{said['entry']['level']}: {said['entry']['text']}")
