"""Moving the state of a stack to another backend, in steps that can be taken again.

Until the copy was compared the old state is the valid one, and nothing of it is changed. Then a
lock stays in its place, which keeps every engine out and says where the state is: nobody goes on
with an old copy. It is deleted by `source_deletion` alone.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

from common.files import replace as put
from common.files import write_private
from ops.errors import OpsError
from ops.state_migration import journal, migration_resume, project_file, state_comparison
from ops.state_migration.journal import Journal
from ops.state_migration.move import Move
from ops.state_store import layout, locks, versions

PURPOSE = "ops state migrate"
"""What others read in the lock of the old state."""


def is_moved(of: Move) -> bool:
    """Return whether all but the last steps were taken: the old state is locked for good."""
    return journal.read(of.noted) is not None and migration_resume.leads(
        of.source, of.target.address
    )


def move(of: Move, provider: str) -> Iterator[str]:
    """Move the state; yield a sentence after each step. One that was killed goes on when called.

    *provider* encrypts the secrets afterwards. What has to hold before is `checks.check`. Raises
    `OpsError` with the old state valid and unchanged, until it says that the copy was compared.
    """
    if not is_moved(of):
        begun = migration_resume.begin(of, provider)
        with ExitStack() as held:
            if of.source.store:
                held.enter_context(locks.hold(of.source.store, of.stack, PURPOSE))
            version = of.source.version_to_move(of.target.address.url)
            yield from _copied(of, begun)
            yield from _versions(of)
            of.source.mark_moved(of.target.address.url, version)
        yield f"the old state stays in {of.source.address.url}{_locked(of)}"
    yield from project_file.update(of)
    of.noted.unlink()


def release(of: Move) -> None:
    """Remove the lock that a killed move of this machine left on the old state."""
    if of.source.store and journal.read(of.noted):
        locks.release_dead(of.source.store, of.stack, PURPOSE)


def _locked(of: Move) -> str:
    if of.source.store:
        return ", locked for everybody"
    if of.source.cloud:
        return ", marked: no command goes by it, but have nobody deploy from there by plain pulumi"
    return "; nothing keeps others from it: have nobody deploy from there"


def _copied(of: Move, begun: Journal) -> Iterator[str]:
    """Copy and compare; a copy that was compared before is taken when nothing was changed since."""
    if begun.compared and not state_comparison.differing(of.source, of.target)[1]:
        return
    yield from _clear(of, begun)
    values = of.source.configuration()
    of.target.take_over(of.source.address, begun.provider)
    _spare(of, begun)
    count = state_comparison.compare(of.source, of.target)
    if of.target.configuration() != values:
        raise OpsError(
            f"{of.file.name}: its secrets are not the same for {of.target.address.url}; the state "
            f"in {of.source.address.url} stays the valid one; run this again"
        )
    journal.write(of.noted, replace(begun, compared=True))
    yield f"copied and compared: {count} resources are the same, secrets encrypted"


def _clear(of: Move, begun: Journal) -> Iterator[str]:
    """Take away what a killed run left: half a copy, and the file that the engine was rewriting."""
    text = of.text
    if text != begun.configuration:
        kept = of.noted.with_suffix(".yaml")
        write_private(kept, text)  # it may have been edited since
        put(of.file, begun.configuration.encode())
        yield f"{of.file.name} is as it was before the move was stopped; what it said then: {kept}"
    if of.target.deployment() is None:
        return
    if not _is_half_a_copy(of):
        raise OpsError(
            f"{of.target.address.url} has a stack {of.stack}, and it is not sure that it is half a "
            f"copy, or that nobody has changed it since; if it may go: PULUMI_BACKEND_URL="
            f"'{of.target.address.url}' pulumi stack rm --force --preserve-config {of.stack}"
        )
    of.target.remove()


def _is_half_a_copy(of: Move) -> bool:
    """Whether the stack of the target has no version but those that were copied there."""
    if of.target.store is None:
        return False
    if of.source.store is None:
        return not any(of.target.store.entries(layout.history(of.stack), 1))
    return not versions.lacking(of.target.store, of.source.store, of.stack)


def _spare(of: Move, begun: Journal) -> None:
    """Remove the engine's own copy of the stack's file; put that back where it still holds.

    Encrypted anew by the same key, every value would differ, and mean the same.
    """
    if migration_resume.secured(begun.configuration) == migration_resume.secured(of.text):
        put(of.file, begun.configuration.encode())
    for copy in migration_resume.engines_copies(of, begun.configuration):
        copy.unlink()


def _versions(of: Move) -> Iterator[str]:
    if of.source.store and of.target.store:
        copied = versions.copy(of.source.store, of.target.store, of.stack)
        yield f"copied {copied} files of earlier states"
