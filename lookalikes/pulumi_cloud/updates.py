"""The life of an update: made, started with a lease, told of step by step, ended or cancelled.

One update at a time changes a stack; previews change nothing, so there may be any number of them.
A lease that is not renewed ends, and with it the update of an engine that was killed: what its
journal says is the state of the stack then, pending operations and all.
"""

import json
import re
import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any, Literal

from lookalikes.pulumi_cloud import durable_files
from lookalikes.pulumi_cloud.records import UpdateRecord
from lookalikes.pulumi_cloud.refusals import conflict, forbidden, invalid
from lookalikes.pulumi_cloud.store import Stack, digest

Json = dict[str, Any]
Result = Literal["succeeded", "failed", "cancelled"]
RESULTS: tuple[Result, ...] = ("succeeded", "failed", "cancelled")
LEASE_SECONDS = 300
PREVIEW, IMPORT, RENAME = "preview", "import", "rename"
ENGINE = re.compile(r"^pulumi-cli/1 \((?P<version>[^;]*);")
BUSY = "Another update is currently in progress."


class Updates:
    """Updates of stacks. *journal* is the newest version of journals that is taken; 0: none is."""

    def __init__(self, author: str, journal: int, clock: Callable[[], float] = time.time) -> None:
        self.author = author
        self.journal = journal
        self.clock = clock

    def make(self, stack: Stack, kind: str, program: Json) -> UpdateRecord:
        """Make an update that is not started."""
        metadata = program.get("metadata") or {}
        dry = bool((program.get("options") or {}).get("dryRun"))
        update = UpdateRecord(
            id=str(uuid.uuid4()),
            kind=kind,
            is_preview=dry or kind == PREVIEW,
            author=self.author,
            message=metadata.get("message") or "",
            environment=metadata.get("environment") or {},
            config=program.get("config") or {},
        )
        stack.save_update(update)
        return update

    def start(self, stack: Stack, update: UpdateRecord, asked: Json, agent: str) -> Json:
        """Start *update*: give it a lease, and say which journal it may send."""
        if update.status != "not started":
            raise conflict("The update was started already")
        if not update.is_preview:
            self.check_free(stack)
        if asked.get("tags") is not None:
            stack.record.tags = asked["tags"]
        token = secrets.token_urlsafe(32)
        self._begin(stack, update, agent)
        update.lease, update.lease_ends = digest(token), self.clock() + LEASE_SECONDS
        update.journal = min(int(asked.get("journalVersion") or 0), self.journal)
        stack.save_update(update)
        stack.save()
        return {
            "version": update.version,
            "token": token,
            "tokenExpiration": int(update.lease_ends),
            "journalVersion": update.journal,
        }

    def _begin(self, stack: Stack, update: UpdateRecord, agent: str) -> None:
        if not update.is_preview:
            stack.record.version += 1
            stack.record.update = update.id
        engine = ENGINE.match(agent)
        update.engine = engine["version"] if engine else ""
        update.status, update.started = "running", int(self.clock())
        update.version = stack.record.version

    def check_free(self, stack: Stack) -> None:
        """Raise `RefusedError` while an update changes *stack*; end one whose lease has ended."""
        if self.is_busy(stack):
            raise conflict(BUSY)
        running = self.running(stack)
        if running:
            self.end(stack, running, _result_of(running))

    def is_busy(self, stack: Stack) -> bool:
        """Whether an update changes *stack*, or was killed less than its lease ago."""
        running = self.running(stack)
        if running is None or running.status != "running":
            return False
        return running.lease_ends > self.clock()

    def running(self, stack: Stack) -> UpdateRecord | None:
        """Return the update that changes *stack*, or did until it, or this service, was killed."""
        if stack.record.version == stack.record.settled:
            return None
        return stack.update(stack.record.update)

    def leased(self, stack: Stack, identifier: str, token: str) -> UpdateRecord:
        """Return the update that *token* may change; raise `RefusedError` for any other token."""
        update = stack.update(identifier)
        if not update.lease or not secrets.compare_digest(update.lease, digest(token)):
            raise forbidden("The update lease is not of this update")
        return update

    def changeable(self, stack: Stack, identifier: str, token: str) -> UpdateRecord:
        """Return the update that *token* may change, while it runs and its lease lasts."""
        update = self.leased(stack, identifier, token)
        if update.status != "running":
            raise forbidden(f"The update has ended: {update.status}")
        if update.lease_ends <= self.clock():
            raise forbidden("The update lease has expired")
        return update

    def renew(self, stack: Stack, update: UpdateRecord, seconds: int) -> int:
        """Have the lease last for *seconds*, 300 at most, from now on; return when it ends."""
        if not 0 < seconds <= LEASE_SECONDS:
            raise invalid(f"duration is between 1 and {LEASE_SECONDS} seconds")
        update.lease_ends = self.clock() + seconds
        stack.save_update(update)
        return int(update.lease_ends)

    def save_checkpoint(self, stack: Stack, update: UpdateRecord, number: int, sent: bytes) -> None:
        """Keep the checkpoint *sent* as the state; *number* counts those of the update."""
        durable_files.write(stack.checkpoint(update), sent)
        update.saved = number
        stack.save_update(update)

    def end(self, stack: Stack, update: UpdateRecord, result: Result) -> None:
        """End *update*: what it has come to is the state of the stack, and a version of it."""
        deployment = {} if update.is_preview else stack.reached(update)
        resources = (deployment.get("deployment") or {}).get("resources") or []
        update.resources, update.changes = len(resources), _changes(stack, update)
        update.status, update.ended = result, int(self.clock())
        stack.save_update(update)
        if not update.is_preview:
            stack.settle(update.version, deployment)

    def cancel(self, stack: Stack, update: UpdateRecord) -> None:
        """End *update* from outside; its engine may say nothing more."""
        if update.status != "running":
            raise conflict("The Update has already completed")
        self.end(stack, update, "cancelled")

    def put(self, stack: Stack, kind: str, deployment: Json) -> UpdateRecord:
        """Make *deployment* the state of *stack* at once, as an update of *kind* that is done."""
        self.check_free(stack)
        update = self.make(stack, kind, {})
        update.status, update.started = "succeeded", int(self.clock())
        update.ended, update.version = update.started, stack.record.version + 1
        update.resources = len((deployment.get("deployment") or {}).get("resources") or [])
        stack.save_update(update)
        stack.settle(update.version, deployment)
        return update


def _result_of(update: UpdateRecord) -> Result:
    """Return what was said of *update* before this service was killed; else it failed."""
    return next((each for each in RESULTS if each == update.status), "failed")


def _changes(stack: Stack, update: UpdateRecord) -> dict[str, int]:
    """Return how many resources were created, changed …, as the engine sums it up at its end."""
    lines = durable_files.read_lines(stack.of_update(update.id) / "events.jsonl")
    summaries = (json.loads(line).get("summaryEvent") for line in reversed(lines))
    summary: Json = next((each for each in summaries if each), {})
    return dict(summary.get("resourceChanges") or {})
