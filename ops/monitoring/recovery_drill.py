"""A recovery that is tried: a backup brought back into an account that is thrown away (CC-15).

The throw-away account is a local Cloudflare of its own: what is restored to it is read again and
compared byte for byte with the backup. Nothing is written to the account of the stack.
"""

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from common.files import PRIVATE_FOLDER
from ops.backup import backup_restore, backup_writer
from ops.backup.backup_folder import Copy, Folder, Manifest
from ops.backup.backup_restore import Step
from ops.backup.backup_writer import Source
from ops.backup.progress import sized
from ops.backup.restore_journal import Journal
from ops.backup.store_copiers import Copiers, copiers
from ops.backup.stores import Store, left_out, stores_of
from ops.cloudflare_api.account import Account
from ops.errors import OpsError
from ops.monitoring.deployed_stack import Watched
from ops.paths import Paths
from ops.preflight.verdicts import State, Verdict
from ops.stack import state
from ops.stack.ephemeral import EXAMPLE_ACCOUNT
from ops.stack.target import BASE_URL, DEVELOPMENT, Target
from ops.terminal import interrupts

DRILL = "recovery drill"
OBJECTS = "objects"
NOT_TRIED = "Durable Objects are brought back by their workers, which do not run there"
MADE_BY = {
    "kv": ("/storage/kv/namespaces", "title", "id"),
    "d1": ("/d1/database", "name", "uuid"),
    "r2": ("/r2/buckets", "name", "name"),
}
"""Kind of a store: where one is made, what names it, and what it is known by afterwards."""

PREFIX = "drill-"
HOST = "127.0.0.1"
TRIES = 50


@dataclass(frozen=True)
class Place:
    """A local Cloudflare that is thrown away."""

    paths: Paths
    target: Target
    account: Account

    def copiers(self, folder: Folder) -> Copiers:
        """Return what copies the stores of the account."""
        from ops.backup import s3  # noqa: PLC0415 - boto3 takes a while

        client = partial(s3.client, self.paths, self.target, self.account)
        return copiers(self.account, client, folder)

    def made(self, copy: Copy) -> Step:
        """Make the empty store that *copy* goes into."""
        path, named, known = MADE_BY[copy.kind]
        found = self.account.result("POST", path, json={named: copy.label})
        return Step(Store(copy.kind, copy.name, copy.label, str(found[known])), copy)


def recovery_drill(of: Watched) -> Iterator[Verdict]:
    """Bring a backup of the stack back into a throw-away account, and compare it."""
    stack = of.target.name
    with _scratch(of.session.paths) as scratch:
        if of.backup is None:
            folder = Folder(scratch / "backup")
            yield from _drilled(folder, _backed_up(of, folder), scratch)
            return
        folder = Folder(of.backup.absolute())
        try:
            manifest = folder.whole()
        except OpsError as error:
            yield Verdict(DRILL, State.FAULT, str(error), _again(stack))
            return
        if manifest.stack != stack:
            raise OpsError(f"{folder.path} is a backup of {manifest.stack}; give one of {stack}")
        yield from _drilled(folder, manifest, scratch)


def _drilled(folder: Folder, manifest: Manifest, scratch: Path) -> Iterator[Verdict]:
    copies = [each for each in manifest.copies if each.kind != OBJECTS]
    if copies:
        yield _tried(folder, manifest, copies, scratch)
    else:
        yield Verdict(DRILL, State.NOT_RUN, "the stack keeps nothing that a backup brings back")
    yield Verdict(DRILL, State.NOT_RUN, NOT_TRIED)


def _tried(folder: Folder, manifest: Manifest, copies: list[Copy], scratch: Path) -> Verdict:
    """Restore *copies* into a throw-away account, and say whether they came back whole."""
    began = time.monotonic()
    with throw_away(scratch) as place:
        planned = [place.made(each) for each in copies]
        tools = place.copiers(folder)
        journal, again = Journal(scratch / "journal"), Folder(scratch / "again")
        try:
            backup_restore.restore(folder, planned, tools, journal, _silent)
        except OpsError as error:
            return Verdict(DRILL, State.FAULT, f"it stopped: {error}", _again(manifest.stack))
        took = time.monotonic() - began
        differ = backup_restore.differing(planned, folder, place.copiers(again), again, _silent)
    if differ:
        listed = ", ".join(f"{each.kind} {each.label}" for each in differ)
        said = f"{listed} did not come back as it was"
        return Verdict(DRILL, State.FAULT, said, _again(manifest.stack))
    entries, size = (sum(getattr(each, name) for each in copies) for name in ("entries", "bytes"))
    return Verdict(
        DRILL,
        State.GOOD,
        f"{len(copies)} stores with {entries:,} entries, {sized(size)}, of {manifest.ended} came "
        f"back in {took:.1f} s, byte for byte",
    )


def _again(stack: str) -> str:
    return f"take another backup: python -m ops backup {stack}; then try it again"


def _backed_up(of: Watched, folder: Folder) -> Manifest:
    """Make a backup of the stores of the stack, to be thrown away with the rest."""
    target = of.target
    account = Account(target.api, target.account, of.token)
    source = Source(
        stack=target.name,
        account=target.account,
        stores=stores_of(of.resources),
        state=state.exported(of.session),
        left_out=left_out(of.resources),
    )
    place = Place(of.session.paths, target, account)
    try:
        return backup_writer.save(folder, source, place.copiers(folder), _silent)
    finally:
        account.close()


@contextmanager
def throw_away(scratch: Path) -> Iterator[Place]:
    """Give a local Cloudflare with nothing in it, in the folder *scratch*; it ends with this."""
    from local.process import cli, daemon  # noqa: PLC0415 - most commands start nothing

    paths = Paths(scratch)
    port = free_port()
    changes = cli.asked_for(port, port + 1, port + 2, [], account=EXAMPLE_ACCOUNT)
    home = cli.opened(paths.cloudflare)
    api = f"http://{HOST}:{port}/client/v4"
    with ExitStack() as stack:
        stack.callback(daemon.stop, home)
        daemon.start(home, changes, _silent)
        account = Account(api, EXAMPLE_ACCOUNT, home.token())
        stack.callback(account.close)
        config = {BASE_URL: api, "chittyos:account": EXAMPLE_ACCOUNT}
        yield Place(paths, Target(DEVELOPMENT, DEVELOPMENT, config), account)


@contextmanager
def _scratch(paths: Paths) -> Iterator[Path]:
    """Give a folder that only its owner can read: data of users lies there for a moment."""
    clear(paths)
    beside = _beside(paths)
    beside.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    with interrupts.asked_to_end(), tempfile.TemporaryDirectory(prefix=PREFIX, dir=beside) as made:
        yield Path(made)


def clear(paths: Paths) -> None:
    """Remove what a drill left that was killed: its local Cloudflare, and data of users.

    Commands of one clone run one after another: it is nobody else's.
    """
    for left in _beside(paths).glob(f"{PREFIX}*"):
        _remove(left)


def _beside(paths: Paths) -> Path:
    return paths.local / "restores"


def _remove(left: Path) -> None:
    from local.errors import HomeError  # noqa: PLC0415 - most commands start nothing
    from local.process import cli, daemon  # noqa: PLC0415

    with suppress(HomeError):  # what is damaged is removed all the same
        daemon.stop(cli.opened(Paths(left).cloudflare))
    shutil.rmtree(left)


def free_port() -> int:
    """Return a port that is free together with the two after it."""
    for _ in range(TRIES):
        with ExitStack() as held:
            first = held.enter_context(socket.socket())
            first.bind((HOST, 0))
            port = int(first.getsockname()[1])
            try:
                for beside in (port + 1, port + 2):
                    held.enter_context(socket.socket()).bind((HOST, beside))
            except (OSError, OverflowError):
                continue
            return port
    raise OpsError("no three ports beside one another are free on this machine; try again")


def _silent(*_: object) -> None:
    """Say nothing of how far it is."""
