"""Bundles of workers, made again at every change of a file (`components/watcher.mjs`)."""

import hashlib
import json
import queue
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from components.bundle import WATCHER
from ops.development.workers import Worker
from ops.errors import OpsError

END_SECONDS = 5


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a file, and where; line and column begin at 1, `None` where unknown."""

    text: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    source: str | None = None
    """The line itself."""


@dataclass(frozen=True)
class Made:
    """What a change of *script* came to: a module, or mistakes."""

    script: str
    seconds: float
    """Since the change was noticed."""

    module: bytes = b""
    mistakes: tuple[Mistake, ...] = ()

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.module).hexdigest()


class Bundles:
    """Gives one bundle after the other, the newest of each worker."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def next(self, seconds: float) -> list[Made]:
        """Wait up to *seconds* for bundles; return those that are there, one for each worker.

        Raises `OpsError` when the bundler has ended.
        """
        with suppress(queue.Empty):
            lines = [self._lines.get(timeout=seconds)]
            while not self._lines.empty():
                lines.append(self._lines.get())
            return list({made.script: made for made in map(self._made, lines)}.values())
        return []

    def close(self) -> None:
        """End the bundler."""
        self._process.terminate()
        self._reader.join(END_SECONDS)
        with self._process:  # closes its pipes
            self._process.wait(END_SECONDS)

    def _made(self, line: str | None) -> Made:
        if line is None:
            said = (self._process.stderr.read() if self._process.stderr else "").strip()
            last = said.splitlines()[-1] if said else f"status {self._process.wait()}"
            raise OpsError(f"the bundler ended by itself ({last}); run make dev again")
        given = json.loads(line)
        mistakes = tuple(Mistake(**each) for each in given.get("errors", ()))
        module = given.get("module", "").encode()
        return Made(given["script"], given["seconds"], module, mistakes)

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)
        self._lines.put(None)


@contextmanager
def watching(root: Path, workers: Sequence[Worker]) -> Iterator[Bundles]:
    """Bundle *workers*, whose entries are below *root*, until the block ends."""
    process = subprocess.Popen(
        ["node", str(WATCHER)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for this process, which ends that one
    )
    bundles = Bundles(process)
    try:
        _ask(process, root, workers)
        yield bundles
    finally:
        bundles.close()


def _ask(process: "subprocess.Popen[str]", root: Path, workers: Sequence[Worker]) -> None:
    asked = [{"script": w.script, "entry": w.entry, "node": w.node} for w in workers]
    line = json.dumps({"root": str(root), "workers": asked})
    with suppress(BrokenPipeError):  # it has ended, and says why
        if process.stdin:
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
