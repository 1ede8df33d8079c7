"""`backup` and `restore`: what a stack keeps, copied to files, and brought back (FW-4)."""

import shlex
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from common.errors import SentenceError
from common.files import PRIVATE_FOLDER
from common.json_types import Json
from ops.backup import backup_restore, backup_writer, durable_objects, missing_migrations
from ops.backup.backup_folder import MANIFEST, Copy, Folder, Manifest
from ops.backup.backup_restore import Step
from ops.backup.backup_writer import Show, Source
from ops.backup.durable_objects import Door
from ops.backup.object_endpoints import doors_of, left_out_of
from ops.backup.progress import Copied, sized
from ops.backup.restore_journal import Journal
from ops.backup.store_copiers import Copiers, copiers
from ops.backup.stores import Store, left_out, stores_of
from ops.cloudflare_api.account import Account
from ops.cloudflare_api.client import environment_token
from ops.commands.options import StackName, Yes
from ops.errors import OpsError
from ops.paths import Paths
from ops.run.consent import UNTOUCHED, agree
from ops.stack import account_identity as accounts
from ops.stack import effective_config, state
from ops.stack.decrypted_secrets import secrets_of
from ops.stack.session import Session, check_api, open_session
from ops.terminal import console

To = Annotated[
    Path | None,
    typer.Option(
        "--to",
        metavar="DIR",
        help="Folder to write to; one that was stopped goes on.  [default: below .local/backups]",
        show_default=False,
    ),
]
From = Annotated[Path, typer.Argument(metavar="DIR", help="What `ops backup` wrote.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Delete what the stack has in the same places first.")
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="NAME",
        help="A store by its name in the program; may be given again.  [default: all]",
        show_default=False,
    ),
]
Compare = Annotated[
    bool, typer.Option("--compare", help="Read all of it again afterwards, and compare.")
]
State = Annotated[
    bool, typer.Option("--state", help="Bring back the state of the stack, which was lost.")
]


@dataclass(frozen=True)
class Copying:
    """What copies the stores of a stack."""

    account: Account
    doors: Sequence[Door]
    left_out: Mapping[tuple[str, str], str]
    objects: Mapping[Store, Door]
    tools: Copiers
    show: Show

    def stores(self, resources: Sequence[Json]) -> list[Store]:
        """Return all stores that are copied: objects first, then what they hand their data on to.

        What an object hands on in between is in the copy of the database: it catches up from there.
        """
        return [*self.objects, *stores_of(resources)]


def backup(stack: StackName, *, to: To = None) -> None:
    """Copy what STACK keeps to files: KV, R2, D1, Durable Objects, and its state.

    The files are readable by their owner only: they hold data of users in the clear.
    """
    session = _opened(stack)
    folder = Folder((to or _default(session)).absolute())
    resources = state.resources(session)
    target = session.target
    console.out.print(f"backup of {stack} to {folder.path}")
    began, exported = time.monotonic(), state.exported(session)
    with _going_on(stack, folder), _copying(session, folder) as copying:
        not_in_it = durable_objects.uncopied(
            copying.account, resources, copying.doors, copying.left_out
        )
        source = Source(
            stack=target.name,
            account=target.account,
            stores=copying.stores(resources),
            state=exported,
            left_out=(*left_out(resources), *not_in_it),
        )
        manifest = backup_writer.save(folder, source, copying.tools, copying.show)
    _tell(manifest)
    console.out.print(f"backup of {stack} in {time.monotonic() - began:.1f} s: {folder.path}")


def restore(  # noqa: PLR0913 - its options
    stack: StackName,
    folder: From,
    *,
    only: Only = None,
    replace: Replace = False,
    compare: Compare = False,
    only_state: State = False,
    yes: Yes = False,
) -> None:
    """Bring the backup in DIR back into STACK, into what is empty there; goes on where it stopped.

    With --replace it deletes what is there first, and begins anew each time. With --state nothing
    but the state of the stack is brought back, where it has none any more.
    """
    read = Folder(folder.absolute())
    manifest = read.whole()
    session = _opened(stack)
    if only_state:
        _restore_state(session, read, manifest)
        return
    text = (read.path / MANIFEST).read_text()
    journal = Journal.of(
        session.paths.local / "restores", session.target.account, session.target.name, text
    )
    if replace:
        journal.ignore()
    elif journal.age is not None:
        since = timedelta(seconds=round(journal.age.total_seconds()))
        console.out.print(f"going on with a restore that was stopped {since} ago")
    began = time.monotonic()
    with _copying(session, read) as copying:
        resources = state.resources(session)
        places = copying.stores(resources)
        planned = backup_restore.steps(manifest, places, stack, only or ())
        found = backup_restore.occupied(planned, copying.tools, journal)
        _tell_not_in_it([each.copy for each in planned], manifest.left_out)
        _agree(session, found, replace=replace, yes=yes)
        left = backup_restore.restore(read, planned, copying.tools, journal, copying.show)
        journal.remove()  # before it is compared: what differs has to be written again
        took = time.monotonic() - began
        console.out.print(f"restored {len(planned)} stores of {stack} in {took:.1f} s")
        for each in left:
            console.out.print(f"[yellow]not brought back:[/yellow] {escape(each)}")
        lacking = missing_migrations.missing(copying.account, (e.store for e in planned), resources)
        try:
            if compare:
                _compare(session, planned, read, copying)
        finally:
            _tell_missing(lacking, stack)


@contextmanager
def _going_on(stack: str, folder: Folder) -> Iterator[None]:
    """Have what stops a backup say how it goes on: without --to the same command begins anew."""
    try:
        yield
    except SentenceError as error:
        begun = folder.begun()
        if begun is None or begun.ended or begun.stack != stack:
            raise
        said = str(error).removesuffix("; run the same command again")
        raise OpsError(
            f"{said}; go on with what is copied: "
            f"python -m ops backup {stack} --to {shlex.quote(str(folder.path))}"
        ) from error


def _opened(stack: str) -> Session:
    """Open a stack whose API is that of its account: what that calls empty is believed."""
    session = open_session(Paths(), stack)
    check_api(session.target)
    accounts.check(session.target)
    return session


def _default(session: Session) -> Path:
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return session.paths.local / "backups" / f"{session.target.name}-{now}"


@contextmanager
def _copying(session: Session, folder: Folder) -> Iterator[Copying]:
    """Give what copies the stores of a stack, and shows how far each is."""
    from ops.backup import s3  # noqa: PLC0415 - boto3 takes a while, and is for these commands only

    target, token = session.target, environment_token()
    account = Account(target.api, target.account, token)
    try:
        with console.out.status("asking the account") as status:

            def show(store: Store, done: Copied) -> None:
                what = escape(f"{store.kind} {store.label}")
                status.update(f"{what}: {done.entries:,}, {sized(done.bytes)}")

            config = effective_config.check(session.paths, target)
            doors = doors_of(target, config, secrets_of(session))
            places = durable_objects.stores_of(account, doors)
            client = partial(s3.client, session.paths, target, account)
            tools = copiers(account, client, folder, places)
            yield Copying(account, doors, left_out_of(target, config), places, tools, show)
    finally:
        account.close()


def _tell(manifest: Manifest) -> None:
    for each in manifest.copies:
        what = f"{each.kind} {each.label}: {each.entries:,} entries, {sized(each.bytes)}"
        console.out.print(f"  {escape(what)}")
    _tell_not_in_it(manifest.copies, manifest.left_out)


def _tell_not_in_it(copies: Sequence[Copy], left_out: Sequence[str]) -> None:
    notes = [f"{each.label}: {note}" for each in copies for note in each.notes]
    for note in [*notes, *left_out]:
        console.out.print(f"[yellow]not in it:[/yellow] {escape(note)}")


def _agree(session: Session, found: Sequence[Store], *, replace: bool, yes: bool) -> None:
    """Return when what *found* has may be deleted; raise `OpsError` when it may not."""
    if not replace:
        backup_restore.refuse(found, session.target.name)
    listed = ", ".join(f"{each.kind} {each.label}" for each in found)
    what = f"all data of {listed} in {session.target.name}, also what the backup does not have"
    question = f"Delete {what}, and restore it?"
    whether = f"whether the data of {listed} may be deleted"
    agree(question, yes=yes or not found, whether=whether)


def _compare(session: Session, planned: Sequence[Step], read: Folder, copying: Copying) -> None:
    """Raise `OpsError` unless every store is what the backup has, byte for byte."""
    place = session.paths.local / "restores"
    place.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as made:
        differ = backup_restore.differing(
            planned, read, copying.tools, Folder(Path(made)), copying.show
        )
    if differ:
        listed = ", ".join(f"{each.kind} {each.label}" for each in differ)
        raise OpsError(
            f"{listed} of {session.target.name} differs from the backup: somebody writes to it, or "
            "it was not taken whole; restore it again with --replace"
        )
    console.out.print("compared: every byte as in the backup")


def _tell_missing(lacking: Mapping[Store, Sequence[str]], stack: str) -> None:
    """Say which migrations an older backup does not have; the state would not let `up` see it."""
    if not lacking:
        return
    count = sum(map(len, lacking.values()))
    listed = "; ".join(f"{store.label}: {', '.join(names)}" for store, names in lacking.items())
    is_one = count == 1
    console.out.print(
        f"[yellow]{count} migration{'' if is_one else 's'} {'is' if is_one else 'are'} missing:"
        f"[/yellow] {escape(listed)}; apply {'it' if is_one else 'them'}: "
        f"python -m ops refresh {stack} && python -m ops up {stack}"
    )


def _restore_state(session: Session, read: Folder, manifest: Manifest) -> None:
    """Bring back the state where there is none. It says what exists; nothing of that is changed."""
    effective_config.ensure_stack(session.paths, session.target, session.tools.engine.path)
    if state.resources(session):
        raise OpsError(
            f"{session.target.name} has a state; what is in it would be forgotten, and {UNTOUCHED}"
        )
    if (manifest.stack, manifest.account) != (session.target.name, session.target.account):
        raise OpsError(f"the state is that of {manifest.stack}, of another stack; {UNTOUCHED}")
    if manifest.state is None:
        raise OpsError(f"{read.path} has no state; {UNTOUCHED}")
    state.bring_in(session, read.check(manifest.state))
    console.out.print(
        f"the state of {session.target.name} is that of {manifest.ended}; see what is there now: "
        f"python -m ops drift {session.target.name}"
    )
