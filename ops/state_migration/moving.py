"""Moving the state of a stack to another backend, in steps that can be taken again.

Until the copy was compared the old state is the valid one, and nothing of it is changed. Then a
lock stays in its place, which keeps every engine out and says where the state is: nobody goes on
with an old copy. It is deleted by `forgetting` alone.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from common.files import replace as put
from common.files import write_private
from ops.errors import OpsError
from ops.state_migration import comparing, journal
from ops.state_migration.journal import Journal
from ops.state_migration.place import Place
from ops.state_store import layout, locks, versions
from ops.state_store.address import PROJECT_FILE, in_project

PURPOSE = "ops state migrate"
"""What others read in the lock of the old state."""

OF_SECRETS = ("encryptionsalt", "encryptedkey", "secretsprovider")
"""Keys of a stack's file that say by what its secrets are encrypted."""


@dataclass(frozen=True)
class Move:
    """A stack, where its state is, and where it is to be."""

    source: Place
    target: Place

    file: Path
    """The configuration of the stack."""

    noted: Path
    """Where it is noted how far this is."""

    @property
    def stack(self) -> str:
        return self.source.stack


def is_moved(of: Move) -> bool:
    """Return whether all but the last steps were taken: the old state is locked for good."""
    if of.source.store is None or journal.read(of.noted) is None:
        return False
    found = locks.read(of.source.store, of.stack)
    return [lock.moved_to for lock in found if lock.moved_to] == [of.target.address.url]


def move(of: Move, provider: str) -> Iterator[str]:
    """Move the state; yield a sentence after each step. One that was killed goes on when called.

    *provider* encrypts the secrets afterwards. What has to hold before is `checks.check`. Raises
    `OpsError` with the old state valid and unchanged, until it says that the copy was compared.
    """
    if not is_moved(of):
        begun = _begin(of, provider)
        with ExitStack() as held:
            if of.source.store:
                held.enter_context(locks.hold(of.source.store, of.stack, PURPOSE))
            yield from _copied(of, begun)
            yield from _versions(of)
            if of.source.store:
                locks.mark_moved(of.source.store, of.stack, of.target.address.url)
        yield f"the old state stays in {of.source.address.url}{_locked(of)}"
    yield from _project(of)
    of.noted.unlink()


def release(of: Move) -> None:
    """Remove the lock that a killed move of this machine left on the old state."""
    if of.source.store and journal.read(of.noted):
        for lock in locks.read(of.source.store, of.stack):
            if lock.is_dead and f"({PURPOSE})" in lock.user:
                of.source.store.delete(lock.key)


def _locked(of: Move) -> str:
    if of.source.store:
        return ", locked for everybody"
    return "; nothing keeps others from it: have nobody deploy from there"


def _begin(of: Move, provider: str) -> Journal:
    """Return what was begun before, or begin; raise `OpsError` while another move is half done."""
    ends = (of.source.address.url, of.target.address.url, provider)
    begun = journal.read(of.noted)
    if begun is None:
        begun = Journal(*ends, configuration=of.file.read_text(encoding="utf-8"))
        journal.write(of.noted, begun)
    elif (begun.source, begun.target, begun.provider) != ends:
        raise OpsError(
            f"a move of {of.stack} from {begun.source} to {begun.target} was stopped half-way; end "
            f"it first: PULUMI_BACKEND_URL='{begun.source}' python -m ops state migrate {of.stack} "
            f"--to '{begun.target}' --secrets-provider {begun.provider}"
        )
    return begun


def _copied(of: Move, begun: Journal) -> Iterator[str]:
    if begun.compared:
        return
    _clear(of, begun)
    values = of.source.configuration()
    of.target.take_over(of.source.address, begun.provider)
    _spare(of, begun)
    count = comparing.compare(of.source, of.target)
    if of.target.configuration() != values:
        raise OpsError(
            f"{of.file.name}: its secrets are not the same for {of.target.address.url}; the state "
            f"in {of.source.address.url} stays the valid one; run this again"
        )
    journal.write(of.noted, replace(begun, compared=True))
    yield f"copied and compared: {count} resources are the same, secrets encrypted"


def _clear(of: Move, begun: Journal) -> None:
    """Take away what a killed run left: half a copy, and the file that the engine was rewriting."""
    text = of.file.read_text(encoding="utf-8")
    if text != begun.configuration:
        write_private(of.noted.with_suffix(".yaml"), text)  # it may have been edited since
        put(of.file, begun.configuration.encode())
    if of.target.deployment() is None:
        return
    if of.target.store is None or any(of.target.store.entries(layout.history(of.stack), 1)):
        raise OpsError(
            f"{of.target.address.url} has a stack {of.stack}, and it is not sure that it is half a "
            f"copy; if it is: PULUMI_BACKEND_URL='{of.target.address.url}' pulumi stack rm --force "
            f"--preserve-config {of.stack}"
        )
    of.target.remove()


def _spare(of: Move, begun: Journal) -> None:
    """Remove the engine's own copy of the stack's file; put that back where it still holds.

    Encrypted anew by the same key, every value would differ, and mean the same.
    """
    for copy in of.file.parent.glob(f"{of.file.name}.bak.*"):
        copy.unlink()
    before, after = (_secured(text) for text in (begun.configuration, of.file.read_text()))
    if before == after:
        put(of.file, begun.configuration.encode())


def _secured(text: str) -> list[object]:
    found = yaml.safe_load(text) or {}
    return [found.get(key) for key in OF_SECRETS]


def _versions(of: Move) -> Iterator[str]:
    if of.source.store and of.target.store:
        copied = versions.copy(of.source.store, of.target.store, of.stack)
        yield f"copied {copied} files of earlier states"


def _project(of: Move) -> Iterator[str]:
    """Have the project's file say the new address, once no stack is left at the old one."""
    if in_project(of.source.root) != of.source.address.url:
        return
    left = _left(of)
    if left:
        names = ", ".join(left)
        yield (
            f"{PROJECT_FILE} still says {of.source.address.url}, where {names} is; move that as "
            f"well, and meanwhile, for {of.stack}: export PULUMI_BACKEND_URL="
            f"'{of.target.address.url}'"
        )
        return
    path = of.source.root / PROJECT_FILE
    text = path.read_text(encoding="utf-8")
    put(path, text.replace(of.source.address.url, of.target.address.url).encode())
    yield f"{PROJECT_FILE} says {of.target.address.url} now"


def _left(of: Move) -> list[str]:
    """Return the stacks whose state is at the old address and was not moved from there."""
    store = of.source.store
    if store is None:
        return []
    keys = [each.key.removeprefix(layout.states()) for each in store.entries(layout.states())]
    names = sorted({key.split(".")[0] for key in keys if key.endswith(layout.FORMS)})
    return [name for name in names if not any(lock.moved_to for lock in locks.read(store, name))]
