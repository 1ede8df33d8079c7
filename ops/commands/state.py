"""`state`: where the states of stacks are kept, their locks, their versions, and their moves."""

import re
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ops.commands.options import StackName, Yes
from ops.errors import OpsError
from ops.paths import Paths
from ops.release.release_backend import PROJECT as RELEASES
from ops.run.consent import UNTOUCHED, agree
from ops.stack import command_lock, state_location
from ops.stack.cloud_stack import CloudStack
from ops.stack.environment import environment_for
from ops.stack.target import read_target
from ops.state_store import address as addresses
from ops.state_store import credentials, locks
from ops.state_store import versions as kept
from ops.state_store.locks import Lock
from ops.state_store.store import Store, open_store
from ops.terminal import console
from toolchain import engine as engines

MOST = 20
VERSION = re.compile(r"[0-9]{1,9}")
"""Form of the number of an update of Pulumi Cloud."""

app = typer.Typer(
    help="Where the states of stacks are kept.", no_args_is_help=True, rich_markup_mode=None
)

Url = Annotated[str, typer.Argument(metavar="URL", help="As s3://BUCKET?endpoint=…&region=auto.")]
Most = Annotated[int, typer.Option("--most", min=1, max=10_000, help="How many are shown.")]
VersionId = Annotated[str, typer.Argument(metavar="VERSION", help="As `state versions` shows it.")]


@app.callback()
def _state() -> None:
    """Have each command be one of `state`."""


@app.command()
def bootstrap(url: Url) -> None:
    """Make the bucket of URL and see that it is fit for states: one's own, private, writable.

    Keys are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from what those refer to.
    """
    from ops.state_store.bootstrap import bootstrap as make  # noqa: PLC0415 - boto3 takes a while

    found = addresses.parse(url, "URL")
    if found.scheme != "s3":
        raise OpsError(
            f"{found.url}: only a bucket (s3://…) has to be made; for any other address: "
            f"python -m ops init STACK --backend URL"
        )
    credentials.follow()
    with console.out.status(f"asking for {found.host}"):
        for sentence in make(found):
            console.out.print(escape(sentence))
    console.out.print(escape(f"next: python -m ops init STACK --backend '{found.url}'"))


@app.command()
def versions(stack: StackName, *, most: Most = MOST) -> None:
    """List the earlier states of STACK, the newest first, and what led to each."""
    store = _opened(stack)
    if isinstance(store, CloudStack):
        _list_updates(store, most)
        return
    found = kept.versions(store, stack, most)
    table = Table("version", "kept at (UTC)", "bytes", "by", box=None, pad_edge=False)
    for each in found:
        when = each.when.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
        table.add_row(each.id, when, f"{each.size:,}", escape(each.described))
    console.out.print(table if found else f"no earlier state of {stack} in {store.address.url}")
    if found:
        console.out.print(f"take one back: python -m ops state restore {stack} VERSION")


@app.command()
def restore(stack: StackName, version: VersionId, *, yes: Yes = False) -> None:
    """Make an earlier VERSION the state of STACK; what it is now is kept as a version.

    Nothing of the account changes: the state only says what is there, so `ops drift` comes next.
    """
    store = _opened(stack)
    if isinstance(store, CloudStack):
        _take_update_back(store, version, yes=yes)
        return
    found = kept.find(store, stack, version)
    when = found.when.isoformat(sep=" ", timespec="seconds")
    agree(f"Make the state of {when} ({found.described}) that of {stack}?", yes=yes)
    kept.take_back(store, stack, found)
    console.out.print(
        f"the state of {stack} is that of {when}; see what is there now: "
        f"python -m ops drift {stack}"
    )


@app.command()
def unlock(stack: StackName, *, yes: Yes = False) -> None:
    """Remove the locks of runs of STACK that were killed, and of its releases; asks first.

    A lock whose process runs on this machine is kept. Of another machine nobody knows from here.
    """
    store = _opened(stack)
    if isinstance(store, CloudStack):
        _cancel(store, yes=yes)
        return
    every = [*locks.read(store, stack), *locks.read(store, stack, RELEASES)]
    found = [each for each in every if not each.moved_to]
    if not found:
        locks.refuse(store, stack)  # says where a state is that was moved
        console.out.print(f"nothing locks {stack} in {store.address.url}")
        return
    for each in found:
        console.out.print(escape(f"locked by {each.described}"))
    _refuse_running(found, stack)
    agree("Remove these locks? A run that still goes on would write over the next one.", yes=yes)
    for each in found:
        store.delete(each.key)
    console.out.print(f"unlocked; settle what was left half done: python -m ops up {stack}")


def _list_updates(of: CloudStack, most: int) -> None:
    found = of.versions(most)
    table = Table("version", "ended at (UTC)", "by", box=None, pad_edge=False)
    for each in found:
        table.add_row(str(each.number), each.when or "it goes on", escape(each.described))
    console.out.print(table if found else f"no earlier state of {of.stack} in {of.address.url}")
    if found:
        console.out.print(f"take one back: python -m ops state restore {of.stack} VERSION")


def _take_update_back(of: CloudStack, version: str, *, yes: bool) -> None:
    of.refuse_moved()
    of.refuse_busy()
    newest_first = of.versions(1)
    last = newest_first[0].number if newest_first else 0
    if not VERSION.fullmatch(version) or not 1 <= int(version) <= last:
        newest = f"between 1 and {last}" if last else "there is none"
        raise OpsError(
            f"{of.address.url} has no version {version[:20]!r} of {of.stack}; {newest}: "
            f"python -m ops state versions {of.stack}"
        )
    agree(f"Make the state of version {version} that of {of.stack}?", yes=yes)
    of.take_back(int(version))
    console.out.print(
        f"the state of {of.stack} is that of version {version}; see what is there now: "
        f"python -m ops drift {of.stack}"
    )


def _cancel(of: CloudStack, *, yes: bool) -> None:
    of.refuse_moved()
    if not of.is_busy():
        console.out.print(f"nothing locks {of.stack} in {of.address.url}")
        return
    console.out.print(escape(f"an update of {of.stack} goes on at {of.address.url}"))
    agree("End it? One that is not dead can write nothing more of what it makes.", yes=yes)
    of.cancel()
    console.out.print(f"unlocked; settle what was left half done: python -m ops up {of.stack}")


def _refuse_running(found: list[Lock], stack: str) -> None:
    running = [each for each in found if each.is_here and not each.is_dead]
    if running:
        raise OpsError(
            f"process {running[0].pid} of this machine changes {stack}; wait for it to end, or "
            f"stop it; {UNTOUCHED}"
        )


def _opened(stack: str) -> Store | CloudStack:
    """Return where the state of STACK is, with its environment applied and no other run beside."""
    paths = Paths()
    target = read_target(paths, stack)
    command_lock.take(paths)
    environment_for(paths, target, None).apply()
    credentials.follow()
    state_location.reach(paths, target)
    address = addresses.required(paths.root)
    if address.is_cloud:
        return CloudStack(address, stack, engines.ensure(engines.Places(paths.root)).path)
    return open_store(address)
