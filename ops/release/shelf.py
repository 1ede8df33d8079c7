"""Where the releases of a stack are kept: with its state, so that every machine finds them.

Of a stack on the local Cloudflare that is a file beside the states. Of any other it is the state
of a stack of the same name in a project of its own, `chittyos-releases`, in the same backend: the
engine knows every kind of backend, and whoever may read the one state may read the other.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from pydantic import ValidationError

from common.files import write_private
from config.reading.document import read_document
from ops.engine.process import NO_STACK, pulumi
from ops.errors import OpsError
from ops.paths import Paths
from ops.release.record import Book, Release
from ops.stack.session import Session
from ops.state_store.address import PROJECT_FILE
from ops.terminal import interrupts

PROJECT = "chittyos-releases"
MOST = 50
"""Releases that are kept of a stack."""

OUTPUT = "book"


def read(session: Session) -> Book:
    """Return the releases of the stack, none where nothing was deployed yet.

    Raises `OpsError` where what is kept cannot be read.
    """
    text = _local(session) if session.target.local else _exported(session)
    try:
        return Book.model_validate_json(text or "{}")
    except ValidationError as error:
        raise OpsError(
            f"the releases of {session.target.name} cannot be read: {_place(session)} has "
            f"{error.error_count()} faults; it was written by something else"
        ) from None


def newest(session: Session) -> Release | None:
    """Return the newest release of the stack; `None` where there is none, or nobody can tell."""
    try:
        known = read(session).releases
    except OpsError:
        return None
    return known[-1] if known else None


def keep(session: Session, release: Release) -> Release:
    """Keep *release*, new or in the place of itself; return it with its number.

    Raises `OpsError` where that fails.
    """
    known = read(session)
    numbered = known.numbered(release)
    book = known.having(numbered, MOST)
    if session.target.local:
        write_private(_file(session.paths, release.stack), book.model_dump_json() + "\n")
    else:
        _import(session, book)
    return numbered


def _place(session: Session) -> str:
    if session.target.local:
        return str(_file(session.paths, session.target.name))
    return f"the stack {session.target.name} of the project {PROJECT}"


def _file(paths: Paths, stack: str) -> Path:
    return paths.releases / f"{stack}.json"


def _local(session: Session) -> str:
    try:
        return _file(session.paths, session.target.name).read_text()
    except FileNotFoundError:
        return ""


def _exported(session: Session) -> str:
    with _project(session) as folder:
        command = ["stack", "export", "--stack", session.target.name]
        try:
            text = pulumi(session.tools.engine.path, command, cwd=folder)
        except OpsError as error:
            if NO_STACK in str(error):
                return ""
            raise
    resources = (json.loads(text).get("deployment") or {}).get("resources") or [{}]
    return str((resources[0].get("outputs") or {}).get(OUTPUT) or "")


def _import(session: Session, book: Book) -> None:
    name, engine = session.target.name, session.tools.engine.path
    with _project(session) as folder:
        file = folder / "state.json"
        write_private(file, json.dumps(_state(name, book)))
        command = ["stack", "import", "--stack", name, "--file", str(file)]
        with interrupts.deferred():  # an engine that is cut off leaves a lock
            try:
                pulumi(engine, command, cwd=folder)
            except OpsError as error:
                if NO_STACK not in str(error):
                    raise
                make = ["stack", "init", name, "--no-select", *_sealed(session)]
                pulumi(engine, make, cwd=folder)
                pulumi(engine, command, cwd=folder)


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


def _sealed(session: Session) -> list[str]:
    """Name what encrypts the secrets of the stack; the engine asks for that, whatever is kept."""
    name = session.paths.tracked(session.target.name).name
    provider = read_document(session.paths.root / name, name).get("secretsprovider")
    return ["--secrets-provider", str(provider)] if provider else []


@contextmanager
def _project(session: Session) -> Iterator[Path]:
    """Give a folder with the project of the releases, whose backend is that of the stacks."""
    backend = read_document(session.paths.root / PROJECT_FILE, PROJECT_FILE).get("backend")
    project = {"name": PROJECT, "runtime": "yaml", **({"backend": backend} if backend else {})}
    with tempfile.TemporaryDirectory(prefix="releases-") as made:
        folder = Path(made)
        (folder / PROJECT_FILE).write_text(yaml.safe_dump(project))
        yield folder
