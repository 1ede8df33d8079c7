"""A stack of Pulumi Cloud beside its state: who changes it, what came before, where it was moved.

All of it is asked of the engine, in a folder of its own, so that no stack is selected elsewhere.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from common.files import write_private
from common.json_types import Json
from ops.engine.process import NO_STACK, pulumi
from ops.errors import OpsError
from ops.paths import PROJECT
from ops.state_store.address import LOGIN, PROJECT_FILE, VARIABLE, Address, parse
from ops.terminal import interrupts

MOVED = "chittyos:moved"
"""Tag of a stack whose state was moved away: its version then, and the address."""

NO_TAG = f"stack tag '{MOVED}' not found"
LONGEST = 256
"""Characters that the value of a tag may have."""


@dataclass(frozen=True)
class CloudVersion:
    """An update that was done, and the state that it left."""

    number: int
    kind: str
    result: str
    message: str = ""
    ended: str = ""
    """When, as the engine says it. Default: it has not ended."""

    @property
    def described(self) -> str:
        """Say what led to it."""
        failed = "" if self.result == "succeeded" else f", {self.result}"
        return f"{self.kind}{failed}{f': {self.message}' if self.message else ''}"

    @property
    def when(self) -> str:
        """Say when it ended, in UTC; "" while it has not."""
        if not self.ended:
            return ""
        ended = datetime.fromisoformat(self.ended).astimezone(UTC)
        return ended.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")


@dataclass(frozen=True)
class CloudStack:
    """The stack *stack* of this project at *address*. Calls raise `OpsError` where that fails."""

    address: Address
    stack: str
    engine: Path
    """The executable."""

    def exists(self) -> bool:
        """Return whether there is such a stack."""
        return self._summary() is not None

    def is_busy(self) -> bool:
        """Return whether an update changes it right now, or was killed a few minutes ago."""
        return bool((self._summary() or {}).get("updateInProgress"))

    def refuse_busy(self) -> None:
        """Raise `OpsError` while an update changes it."""
        if self.is_busy():
            raise OpsError(
                f"stack {self.stack} is being changed by an update at {self.address.url}; wait for "
                f"it to end and run this again; if it was killed: "
                f"python -m ops state unlock {self.stack}"
            )

    def cancel(self) -> None:
        """End the update that goes on; its engine can write nothing more."""
        self._ask("cancel", self.stack, "--yes")

    def versions(self, most: int) -> list[CloudVersion]:
        """Return the newest updates, *most* of them, the newest first."""
        shown = ("--page-size", str(most), "--page", "1")
        told = json.loads(self._ask("stack", "history", "--json", *shown, "--stack", self.stack))
        return [_version(each) for each in told or []]

    def take_back(self, number: int) -> None:
        """Make the state of the version *number* the state again, by an update of its own."""
        named = ("--stack", self.stack)
        with _project() as folder, interrupts.deferred():
            file = folder / "state.json"
            exported = self._ask("stack", "export", "--version", str(number), *named)
            write_private(file, exported)
            self._ask("stack", "import", "--file", str(file), *named)

    def version_to_move(self, url: str) -> int:
        """Return the version of its state, of which a copy is to be made at *url*.

        Raises `OpsError` while an update changes it, and where *url* could not be noted then.
        """
        number = self._newest()
        self._mark_of(number, url)
        self.refuse_busy()  # asked last: what begins from here on has a number of its own
        return number

    def mark_moved(self, url: str, number: int) -> None:
        """Note that its state is at *url* now, as the version *number* of it was.

        Raises `OpsError` when it was deployed since: the copy lacks that.
        """
        if self._newest() != number:
            raise OpsError(
                f"{self.stack} was deployed at {self.address.url} while its state was copied, and "
                f"the copy lacks that; the state there stays the valid one; run this again"
            )
        self._ask("stack", "tag", "set", MOVED, self._mark_of(number, url), "--stack", self.stack)

    def moved_to(self) -> Address | None:
        """Return where its state was moved to; `None` where it was not, or there is no stack."""
        found = self._mark()
        return found[1] if found else None

    def refuse_moved(self) -> None:
        """Raise `OpsError` when its state was moved away from here."""
        moved, origin = self.moved_to(), self.address.origin or VARIABLE
        if moved:
            how = f"{LOGIN} '{moved.url}'" if origin == LOGIN else f"set {origin} to that"
            raise OpsError(
                f"the state of {self.stack} is not at {self.address.url} any more: it was moved to "
                f"{moved.url}; {how}"
            )

    def went_on(self) -> bool:
        """Return whether it was deployed here after its state was moved away."""
        found = self._mark()
        return found is not None and self._newest() != found[0]

    def _newest(self) -> int:
        found = self.versions(1)
        return found[0].number if found else 0

    def _mark_of(self, number: int, url: str) -> str:
        """Return what is noted of a move; raise `OpsError` where that is too long."""
        value = f"{number} {url}"
        if len(value) > LONGEST:
            raise OpsError(
                f"{url} is too long to be noted at {self.address.url}, whose tags have at most "
                f"{LONGEST} characters; give an address without what it does not need"
            )
        return value

    def _mark(self) -> tuple[int, Address] | None:
        try:
            value = self._ask("stack", "tag", "get", MOVED, "--stack", self.stack).strip()
        except OpsError as error:
            if NO_TAG in str(error) or NO_STACK in str(error):
                return None
            raise
        number, _, url = value.partition(" ")
        if not number.isdecimal():
            raise OpsError(
                f"the tag {MOVED} of {self.stack} at {self.address.url} is not what ops state "
                f"migrate writes there; if the state was not moved away: "
                f"pulumi stack tag rm {MOVED} --stack {self.stack}"
            )
        return int(number), parse(url, f"the tag {MOVED} of {self.stack}")

    def left(self) -> list[str]:
        """Name the stacks of the project whose states are there and were not moved away."""
        names = sorted(str(each["name"]) for each in self._listed())
        ours = (name for name in names if "/" not in name)  # others are of other organisations
        return [name for name in ours if replace(self, stack=name).moved_to() is None]

    def _summary(self) -> Json | None:
        return next((each for each in self._listed() if each["name"] == self.stack), None)

    def _listed(self) -> list[Json]:
        return list(json.loads(self._ask("stack", "ls", "--json")) or [])

    def _ask(self, *arguments: str) -> str:
        with _project() as folder:
            variables = {VARIABLE: self.address.url}
            return pulumi(self.engine, arguments, cwd=folder, variables=variables)


def _version(told: Any) -> CloudVersion:
    return CloudVersion(
        int(told["version"]),
        str(told["kind"]),
        str(told["result"]),
        str(told.get("message") or ""),
        str(told.get("endTime") or ""),
    )


@contextmanager
def _project() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cloud-") as made:
        (Path(made) / PROJECT_FILE).write_text(f"name: {PROJECT}\nruntime: python\n")
        yield Path(made)
