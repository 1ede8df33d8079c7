"""A stack in one of two backends, asked for through the engine: what it says, and what it takes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common.json_types import Json
from ops.engine.process import NO_STACK, pulumi
from ops.errors import OpsError
from ops.stack.cloud_stack import CloudStack
from ops.state_store import locks
from ops.state_store.address import VARIABLE, Address
from ops.state_store.store import Store, is_store, open_store


@dataclass(frozen=True)
class Place:
    """The stack *stack* of the project in *root*, where *address* keeps it."""

    address: Address
    stack: str
    root: Path
    engine: Path
    """The executable."""

    @property
    def store(self) -> Store | None:
        """Return the files behind it; `None` where only the engine reads them."""
        return open_store(self.address) if is_store(self.address) else None

    @property
    def cloud(self) -> CloudStack | None:
        """Return the stack as Pulumi Cloud knows it; `None` where its state is elsewhere."""
        return CloudStack(self.address, self.stack, self.engine) if self.address.is_cloud else None

    def moved_to(self) -> Address | None:
        """Return where its state was moved to from here; `None` where nothing says that it was."""
        if self.store:
            return locks.moved_to(self.store, self.stack)
        return self.cloud.moved_to() if self.cloud else None

    def refuse_busy(self) -> None:
        """Raise `OpsError` while somebody changes the stack, or when it was moved from here."""
        if self.store:
            locks.refuse(self.store, self.stack)
        if self.cloud:
            self.cloud.refuse_moved()
            self.cloud.refuse_busy()

    def version_to_move(self, url: str) -> int:
        """Return the version of which a copy is to be made at *url*; 0 where a lock keeps it so."""
        return self.cloud.version_to_move(url) if self.cloud else 0

    def mark_moved(self, url: str, version: int) -> None:
        """Have it say here that its state is at *url* now. In files that keeps every engine out.

        *version*: what was copied; see `version_to_move`. Raises `OpsError` where there is another.
        """
        if self.store:
            locks.mark_moved(self.store, self.stack, url)
        if self.cloud:
            self.cloud.mark_moved(url, version)

    def deployment(self, *, readable: bool = False) -> Json | None:
        """Return what its state says; `None` where there is no such stack.

        *readable*: with secrets in the clear, which are in memory then and go nowhere else;
        default: encrypted. Raises `OpsError` when the backend does not answer, or what it has
        cannot be decrypted.
        """
        shown = ["--show-secrets"] if readable else []
        try:
            text = self._run("export", *shown)
        except OpsError as error:
            if NO_STACK in str(error):
                return None
            raise
        return dict(json.loads(text).get("deployment") or {})

    def take_over(self, source: Address, provider: str) -> None:
        """Have the engine copy the stack from *source*; *provider* encrypts its secrets anew."""
        self._run("migrate", source.url, self.stack, "--secrets-provider", provider, "--yes")

    def configuration(self) -> Json:
        """Return the values of the stack's file, secrets in the clear: see `deployment`."""
        arguments = ["config", "--show-secrets", "--json", "--stack", self.stack]
        return dict(json.loads(self._ask(arguments)))

    def stacks(self) -> list[str]:
        """Name the stacks of the project that are here, sorted."""
        return sorted(each["name"] for each in json.loads(self._run("ls", "--json")) or [])

    def remove(self) -> None:
        """Delete the stack here, whatever is in it; its configuration stays."""
        self._run("rm", self.stack, "--force", "--yes", "--preserve-config")

    def _run(self, command: str, *arguments: str) -> str:
        named = ["--stack", self.stack] if command == "export" else []
        return self._ask(["stack", command, *arguments, *named])

    def _ask(self, arguments: Sequence[str]) -> str:
        variables = {VARIABLE: self.address.url}
        return pulumi(self.engine, arguments, cwd=self.root, variables=variables)
