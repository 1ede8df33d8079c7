"""Where the releases of a stack are kept: with its state, so that every machine finds them.

Of a stack on the local Cloudflare that is a file beside the states. Of any other it is the state
of a stack of the same name in a project of its own, `chittyos-releases`, in the same backend: the
engine knows every kind of backend, and whoever may read the one state may read the other.
"""

from pathlib import Path

from common.files import write_private
from config.reading.document import read_document
from ops.errors import OpsError
from ops.paths import Paths
from ops.release.release_backend import Kept
from ops.release.release_record import MOST, Book, Release, parse
from ops.stack.session import Session


def read(session: Session) -> Book:
    """Return the releases of the stack, none where nothing was deployed yet.

    Raises `OpsError` where what is kept cannot be read.
    """
    if session.target.local:
        return parse(_local(session), str(_file(session.paths, session.target.name)))
    return _elsewhere(session).read()


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
        _elsewhere(session).write(book)
    return numbered


def remove(session: Session) -> None:
    """Delete the releases of a stack in its backend; a file goes with the others (`removal`)."""
    if not session.target.local:
        _elsewhere(session).remove()


def _file(paths: Paths, stack: str) -> Path:
    return paths.releases / f"{stack}.json"


def _local(session: Session) -> str:
    try:
        return _file(session.paths, session.target.name).read_text()
    except FileNotFoundError:
        return ""


def _elsewhere(session: Session) -> Kept:
    paths, stack = session.paths, session.target.name
    name = paths.tracked(stack).name
    provider = read_document(paths.root / name, name).get("secretsprovider")
    return Kept(paths.root, stack, session.tools.engine.path, provider=str(provider or ""))
