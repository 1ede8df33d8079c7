"""Every error is a sentence: what is expected as it is, anything else with a file that has more."""

import errno
import traceback
from pathlib import Path

from common.files import append_private

FAILED = 1
INTERRUPTED = 130
"""Exit codes of a command."""

LONGEST = 300
"""Characters of an unexpected message that are shown; the file has all of it."""

UNFINISHED = "; run make setup, and this with .venv/bin/python"
"""For a module that is not there: nothing is set up, or another Python is asked than that of it."""

HIDDEN = "[secret]"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says of a disk without room."""


class SentenceError(Exception):
    """Something is not as it has to be; the message says where, what, and what to do."""

    exit_code = FAILED
    """How the command ends that it stops."""


def crash_report(error: Exception, file: Path, *, hidden: tuple[str, ...] = ()) -> str:
    """Return one sentence about an *error* that nobody thought of; append its traceback to *file*.

    *hidden* are secrets that the sentence must not repeat. Where *file* cannot be written, the
    sentence names a temporary file instead, or says that there is none.
    """
    said = _said(error)
    for secret in hidden:
        said = said.replace(secret, HIDDEN)
    said = " ".join(said.split())[:LONGEST]
    remedy = UNFINISHED if isinstance(error, ModuleNotFoundError) else ""
    kept = append_private(file, "".join(traceback.format_exception(error)))
    where = f"where it happened stands in {kept}" if kept else "no file could be written about it"
    return f"{type(error).__name__}: {said}{remedy}; {where}"


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in FULL:
        return f"{error.filename or 'the disk'}: {error.strerror}; make room, then run this again"
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)
