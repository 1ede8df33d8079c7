"""Releases in the backend of the states: the state of a stack in a project of its own."""

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from common.files import write_private
from ops.engine.process import NO_STACK, pulumi
from ops.errors import OpsError
from ops.release.release_record import Book, parse
from ops.state_store import layout
from ops.state_store.address import PROJECT_FILE, VARIABLE, Address, current
from ops.state_store.store import is_store, open_store
from ops.terminal import interrupts

PROJECT = "chittyos-releases"

OUTPUT = "book"


@dataclass(frozen=True)
class Kept:
    """The releases of a stack in a backend."""

    root: Path
    """The clone."""

    stack: str
    engine: Path
    """The executable."""

    address: Address | None = None
    """Which backend. Default: that of the stacks of the clone."""

    provider: str = ""
    """What encrypts secrets, of which there are none: the engine asks for it. Default: its own."""

    def read(self) -> Book:
        """Return the releases, none where there are none; raises `OpsError` for what is no book."""
        text = self._exported()
        resources = (json.loads(text or "{}").get("deployment") or {}).get("resources") or [{}]
        written = str((resources[0].get("outputs") or {}).get(OUTPUT) or "")
        return parse(written, f"the stack {self.stack} of the project {PROJECT}")

    def write(self, book: Book) -> None:
        """Put *book* in the place of what is there."""
        with tempfile.TemporaryDirectory(prefix="releases-") as made, interrupts.deferred():
            file = Path(made) / "state.json"
            write_private(file, json.dumps(_state(self.stack, book)))
            command = ("import", "--stack", self.stack, "--file", str(file))
            try:
                self._run(*command)
            except OpsError as error:
                if NO_STACK not in str(error):
                    raise
                sealed = ["--secrets-provider", self.provider] if self.provider else []
                self._run("init", self.stack, "--no-select", *sealed)
                self._run(*command)

    def take_over(self, source: "Kept") -> int:
        """Have those of *source* as well; return how many that were, without those that are here.

        They stay there. Raises `OpsError` where that fails.
        """
        there, here = source.read(), self.read()
        merged = here.with_all(there)
        if merged != here:
            self.write(merged)
        return len(merged.releases) - len(here.releases)

    def remove(self) -> bool:
        """Delete the releases; return whether there were any."""
        there = bool(self._exported())
        if there:
            self._run("rm", self.stack, "--yes", "--force", "--remove-backups")
        where = self._where()
        if where and is_store(where):
            self._sweep(where)
        return there

    def _exported(self) -> str:
        """Return the state that has the book; "" where there is none."""
        try:
            return self._run("export", "--stack", self.stack)
        except OpsError as error:
            if NO_STACK in str(error):
                return ""
            raise

    def _where(self) -> Address | None:
        """Return the backend, by an address that is the same in any folder."""
        found = self.address or current(self.root)
        return Address(found.from_folder(self.root)) if found else None

    def _sweep(self, address: Address) -> None:
        """Delete what the engine leaves of a stack that it removed: its history and backups."""
        store = open_store(address)
        own = re.compile(rf"\.pulumi/.*\b{PROJECT}/{re.escape(self.stack)}[./].*")
        for entry in list(store.entries(layout.FOLDER)):
            if own.fullmatch(entry.key):
                store.delete(entry.key)

    def _run(self, *arguments: str) -> str:
        where = self._where()
        variables = {VARIABLE: where.url} if where else {}
        with tempfile.TemporaryDirectory(prefix="releases-") as made:
            (Path(made) / PROJECT_FILE).write_text(f"name: {PROJECT}\nruntime: yaml\n")
            command = ["stack", *arguments]
            return pulumi(self.engine, command, cwd=Path(made), variables=variables)


def _state(stack: str, book: Book) -> dict[str, object]:
    """Write *book* as the state of a stack without resources: an output of it."""
    kind = "pulumi:pulumi:Stack"
    resource = {
        "urn": f"urn:pulumi:{stack}::{PROJECT}::{kind}::{PROJECT}-{stack}",
        "custom": False,
        "type": kind,
        "outputs": {OUTPUT: book.model_dump_json()},
    }
    manifest = {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""}
    return {"version": 3, "deployment": {"manifest": manifest, "resources": [resource]}}
