"""`state migrate` and `state forget`: to another backend, and then without the old copy."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ops.commands.options import StackName, Yes
from ops.commands.state import app
from ops.errors import OpsError
from ops.paths import Paths
from ops.release.release_backend import Kept
from ops.run.consent import agree
from ops.stack import command_lock, state_location
from ops.stack.environment import environment_for
from ops.stack.target import read_target
from ops.state_migration import checks, migration, migration_resume, source_deletion
from ops.state_migration.move import Move
from ops.state_migration.stack_location import Place
from ops.state_store import address as addresses
from ops.state_store.address import Address
from ops.terminal import console
from toolchain import engine as engines

To = Annotated[str, typer.Option("--to", metavar="URL", help="Where the state is to be.")]
At = Annotated[str, typer.Option("--at", metavar="URL", help="Where the old state is.")]
Provider = Annotated[
    str | None,
    typer.Option(
        metavar="KIND",
        help="passphrase, default (Pulumi Cloud), or a key of a cloud.  [default: as it is]",
        show_default=False,
    ),
]


@app.command()
def migrate(
    stack: StackName, to: To, *, secrets_provider: Provider = None, yes: Yes = False
) -> None:
    """Move the state of STACK to another backend, compare the copy, and keep the old one locked.

    Killed at any moment, it goes on when run again; until the copy was compared the old state is
    the valid one.
    """
    paths = Paths()
    target = addresses.parse(to, "--to")
    source, engine = _source(paths, stack), _engine(paths)
    of = Move(
        Place(source, stack, paths.root, engine),
        Place(target, stack, paths.root, engine),
        paths.tracked(stack),
        checks.journal_path(paths.local, stack),
    )
    if old := migration_resume.end(of):
        _say_what_is_left(stack, addresses.parse(old), target)
        return
    migration.release(of)
    provider = checks.provider_of(of.file.read_text(encoding="utf-8"), of.target, secrets_provider)
    if not migration.is_moved(of):
        with console.out.status(f"looking at {source.url} and {target.url}"):
            checks.check(of.source, of.target, begun=migration_resume.is_begun(of))
        agree(f"Move the state of {stack} from {source.url} to {target.url}?", yes=yes)
    with console.out.status(f"moving {stack} to {target.url}"):
        _take_releases(of, provider)
        for sentence in migration.move(of, provider):
            console.out.print(escape(sentence))
    _say_what_is_left(stack, source, target)


@app.command()
def forget(stack: StackName, at: At, *, yes: Yes = False) -> None:
    """Delete the old state of STACK at URL, from where it was moved to where it is now."""
    paths = Paths()
    old = addresses.parse(at, "--at")
    current, engine = _source(paths, stack), _engine(paths)
    if old.place == current.place:
        raise OpsError(f"{old.url} is where the state of {stack} is now; it is kept")
    left = Place(old, stack, paths.root, engine)
    with console.out.status(f"looking at {old.url} and {current.url}"):
        source_deletion.check(left, Place(current, stack, paths.root, engine))
    agree(f"Delete the old state of {stack} in {old.url}, with its versions?", yes=yes)
    releases = Kept(paths.root, stack, engine, old)
    replace(releases, address=current).take_over(releases)  # what was noted there since
    count = source_deletion.forget(left)
    what = f"{count} files of {stack}" if left.store else f"the stack {stack}"
    console.out.print(escape(f"deleted {what} in {old.url}"))
    if releases.remove():
        console.out.print(f"deleted the releases of {stack} there as well")


def _take_releases(of: Move, provider: str) -> None:
    """Have the releases in the new place as well; the old one keeps them until it is forgotten."""
    here = Kept(of.source.root, of.stack, of.source.engine, of.source.address)
    count = replace(here, address=of.target.address, provider=provider).take_over(here)
    if count:
        console.out.print(f"copied {count} releases, as python -m ops releases {of.stack} lists")


def _say_what_is_left(stack: str, source: Address, target: Address) -> None:
    """Say what nobody here can change: where others, and the CI, look for the state."""
    keys = {"s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"}
    keys |= dict.fromkeys(addresses.OF_CLOUD, addresses.CLOUD_TOKEN)
    secrets = f", and its secrets {keys[target.scheme]}" if target.scheme in keys else ""
    ci = f"on CI, in the environments deploy-{stack} and drift-{stack}"
    where = f"set the variable PULUMI_BACKEND_URL to {target.url}"
    console.out.print(escape(f"{ci}: {where}{secrets}"))
    console.out.print(escape(f"next: python -m ops preview {stack}, which has nothing to change"))
    forget = f"python -m ops state forget {stack} --at '{source.url}'"
    console.out.print(escape(f"then, when all of them use the new one: {forget}"))


def _source(paths: Paths, stack: str) -> Address:
    """Return where the state of STACK is; raise `OpsError` for one that stays on this machine."""
    target = read_target(paths, stack)
    if target.local:
        raise OpsError(
            f"{stack} stands on the local Cloudflare, and its state stays on this machine; name a "
            f"stack of an account"
        )
    command_lock.take(paths)
    environment_for(paths, target, None).apply()
    state_location.reach(paths, target)
    return addresses.required(paths.root)


def _engine(paths: Paths) -> Path:
    return engines.ensure(engines.Places(paths.root)).path
