"""A stack in development: what is saved answers at once, until somebody ends it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ops.development import screen
from ops.development.bundles import Bundles, Made, watching
from ops.development.upload import HELD_SECONDS, Account
from ops.development.workers import Worker
from ops.errors import OpsError
from ops.stack.local_control import RefusedError
from ops.stack.target import Target
from ops.terminal import interrupts

LOGS_SECONDS = 0.3
RENEW_SECONDS = HELD_SECONDS / 3


@dataclass
class Development:
    """One run of `make dev` over *workers*."""

    account: Account
    workers: Sequence[Worker]
    root: Path
    served: dict[str, str]
    """Checksum of what each worker serves, by its script."""

    put: set[str] = field(default_factory=set)
    """Scripts whose code was replaced."""

    _said: float = field(default_factory=time.time)
    _renewed: float = field(default_factory=time.monotonic)
    _begun: set[str] = field(default_factory=set)

    def run(self, bundles: Bundles) -> None:
        """Serve what *bundles* gives and print what workers say. Ends by an error or a signal."""
        while True:
            self.step(bundles)

    def step(self, bundles: Bundles) -> None:
        """Do that once."""
        for made in bundles.next(LOGS_SECONDS):
            self.take(made)
        self._renew()
        self._said = screen.printed(self.account.logs(self._said), self._said)

    def take(self, made: Made) -> None:
        """Serve a bundle, or say what is wrong with it."""
        is_first = made.script not in self._begun
        self._begun.add(made.script)
        if made.mistakes:
            screen.mistaken(made)
        elif made.checksum != self.served.get(made.script):
            self._serve(made)
        elif not is_first:
            screen.unchanged(made.script)

    def _serve(self, made: Made) -> None:
        began = time.monotonic()
        try:
            self.account.put(made.script, made.module)
        except RefusedError as error:
            screen.refused(made.script, error.reason, self.root)
            return
        self.served[made.script] = made.checksum
        self.put.add(made.script)
        screen.reloaded(made, made.seconds + time.monotonic() - began)

    def _renew(self) -> None:
        """Say in time that the workers are still in development."""
        if time.monotonic() - self._renewed > RENEW_SECONDS:
            self.account.enter([worker.script for worker in self.workers])
            self._renewed = time.monotonic()


def develop(target: Target, workers: Sequence[Worker], root: Path) -> None:
    """Serve every change of *workers* until Ctrl-C, which leaves as `Interrupted`.

    Raises `OpsError` when the local Cloudflare or the bundler ends before.
    """
    account = Account(target)
    known = account.developed()
    served = {w.script: known.get(w.script) or w.checksum for w in workers}
    with watching(root, workers) as bundles, _entered(account, workers):
        running = Development(account, workers, root, served)
        try:
            screen.began(list(workers), target.api_port + 1)
            running.run(bundles)
        finally:
            screen.ended(sorted(running.put))


@contextmanager
def _entered(account: Account, workers: Sequence[Worker]) -> Iterator[None]:
    """Have *workers* run in processes of their own until the block ends, however it does."""
    screen.beginning()
    account.enter([worker.script for worker in workers])
    try:
        yield
    finally:
        with interrupts.deferred(), suppress(OpsError):
            account.leave()
        account.close()
