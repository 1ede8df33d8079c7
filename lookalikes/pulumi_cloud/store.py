"""The folder of a service: one of each stack, with its key, its versions and its updates."""

import hashlib
import json
import re
import secrets
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lookalikes.pulumi_cloud import durable_files, sealing
from lookalikes.pulumi_cloud.records import StackRecord, UpdateRecord
from lookalikes.pulumi_cloud.refusals import conflict, invalid, missing
from lookalikes.pulumi_cloud.replay import replayed

Json = dict[str, Any]
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
TOKEN_FILE = "access-token"  # noqa: S105 - the name of a file


@dataclass(frozen=True)
class Name:
    """What a stack is called."""

    organization: str
    project: str
    stack: str

    def __str__(self) -> str:
        return f"{self.organization}/{self.project}/{self.stack}"


class Stack:
    """A stack in its folder."""

    def __init__(self, name: Name, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.record = StackRecord.model_validate_json((folder / "stack.json").read_bytes())

    @property
    def key(self) -> bytes:
        """Return what its secrets are encrypted by."""
        return (self.folder / "key").read_bytes()

    def save(self) -> None:
        durable_files.write(self.folder / "stack.json", self.record.model_dump_json().encode())

    def updates(self) -> Iterator[UpdateRecord]:
        """Yield its updates and previews, in no order."""
        for path in (self.folder / "updates").glob("*/update.json"):
            yield UpdateRecord.model_validate_json(path.read_bytes())

    def update(self, identifier: str) -> UpdateRecord:
        """Return one of its updates; raise `RefusedError` where there is none."""
        path = self.of_update(identifier) / "update.json"
        if not NAME.fullmatch(identifier) or not path.exists():
            raise missing(f"Update {identifier!r} not found")
        return UpdateRecord.model_validate_json(path.read_bytes())

    def save_update(self, update: UpdateRecord) -> None:
        path = self.of_update(update.id) / "update.json"
        durable_files.write(path, update.model_dump_json().encode())

    def of_update(self, identifier: str) -> Path:
        """Return the folder of an update."""
        return self.folder / "updates" / identifier

    def add_entries(self, update: UpdateRecord, entries: list[Json]) -> None:
        """Keep *entries* of a journal; they are on the disk when this returns."""
        lines = [json.dumps(each, separators=(",", ":")).encode() for each in entries]
        durable_files.append(self.of_update(update.id) / "journal.jsonl", lines)

    def checkpoint(self, update: UpdateRecord) -> Path:
        """Return where the checkpoint is that *update* has sent last."""
        return self.of_update(update.id) / "checkpoint.json"

    def deployment(self) -> Json:
        """Return its state, with what the update that runs, or was killed, has done so far.

        That is `{}` where nothing was deployed yet.
        """
        if self.record.version == self.record.settled:
            return self._settled(self.record.settled)
        return self.reached(self.update(self.record.update))

    def reached(self, update: UpdateRecord) -> Json:
        """Return how far *update* has come from the version that it began with."""
        before = self._settled(self.record.settled)
        sent = self.checkpoint(update)
        if sent.exists():
            return dict(json.loads(sent.read_bytes()))
        lines = durable_files.read_lines(self.of_update(update.id) / "journal.jsonl")
        return replayed(before, map(json.loads, lines), update.engine) if lines else before

    def version(self, number: int) -> Json:
        """Return the state of a version; raise `RefusedError` where there is none."""
        if number == self.record.version:
            return self.deployment()
        if not self._of_version(number).exists():
            raise missing(f"Stack {self.name} has no version {number}")
        return self._settled(number)

    def settle(self, number: int, deployment: Json) -> None:
        """Write *deployment* as the version *number*, the newest."""
        durable_files.write(self._of_version(number), json.dumps(deployment).encode())
        self.record.version = self.record.settled = number
        self.save()

    def _settled(self, number: int) -> Json:
        path = self._of_version(number)
        return dict(json.loads(path.read_bytes())) if path.exists() else {}

    def _of_version(self, number: int) -> Path:
        return self.folder / "versions" / f"{number}.json"


class Store:
    """All stacks of a service."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        durable_files.make_folder(folder / "stacks")
        if not (folder / TOKEN_FILE).exists():
            durable_files.write(folder / TOKEN_FILE, f"pul-{secrets.token_hex(20)}".encode())
        self._token = digest((folder / TOKEN_FILE).read_text())

    def is_token(self, value: str) -> bool:
        """Whether *value* is the access token, which lies in the folder."""
        return secrets.compare_digest(digest(value), self._token)

    def stacks(self) -> Iterator[Stack]:
        """Yield every stack, sorted by its name."""
        root = self.folder / "stacks"
        for path in sorted(root.glob("*/*/*/stack.json")):
            yield Stack(Name(*path.parent.relative_to(root).parts), path.parent)

    def stack(self, name: Name) -> Stack:
        """Return the stack *name*; raise `RefusedError` where there is none."""
        folder = self._folder(name)
        if not (folder / "stack.json").exists():
            raise missing(f"Stack '{name}' not found")
        return Stack(name, folder)

    def has_project(self, organization: str, project: str) -> bool:
        """Whether *organization* has a stack of *project*."""
        found = ((each.name.organization, each.name.project) for each in self.stacks())
        return (organization, project) in found

    def make(self, name: Name, tags: dict[str, str], config: Json | None, state: Json) -> None:
        """Make the stack *name* with a key of its own, its first state being *state*."""
        folder = self._free(name)
        record = StackRecord(id=str(uuid.uuid4()), tags=tags, config=config)
        durable_files.write(folder / "key", sealing.new_key())
        if state:
            durable_files.write(folder / "versions" / "0.json", json.dumps(state).encode())
        durable_files.write(folder / "stack.json", record.model_dump_json().encode())

    def move(self, stack: Stack, name: Name) -> Stack:
        """Have *stack* be called *name*: its key and its versions stay what they are."""
        target = self._free(name)
        durable_files.make_folder(target.parent)
        stack.folder.rename(target)
        return Stack(name, target)

    def delete(self, stack: Stack) -> None:
        (stack.folder / "stack.json").unlink()  # it is gone, however far the rest comes
        shutil.rmtree(stack.folder)

    def _free(self, name: Name) -> Path:
        """Return the folder for a new stack, without what a killed service left of one."""
        folder = self._folder(name)
        if (folder / "stack.json").exists():
            raise conflict(f"A stack named {name} already exists")
        shutil.rmtree(folder, ignore_errors=True)
        return folder

    def _folder(self, name: Name) -> Path:
        parts = (name.organization, name.project, name.stack)
        if not all(map(NAME.fullmatch, parts)):
            raise invalid("names have letters, digits, '_', '-' and '.', and begin with no '.'")
        return self.folder.joinpath("stacks", *parts)


def digest(value: str) -> str:
    """Return what is kept of a token that was given away."""
    return hashlib.sha256(value.encode()).hexdigest()
