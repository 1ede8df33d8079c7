"""`python -m local …`: every error is one sentence, every failure an exit code."""

import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from types import FrameType

from local import DEFAULT_DIR
from local.errors import ERROR, LocalError

FAILED = 1
INTERRUPTED = 130
LONGEST = 300
"""Characters of an unexpected message that are shown; the file has all of it."""


class Interrupted(BaseException):  # nothing takes it for an error of its own
    """The user pressed Ctrl-C."""


def main() -> int:
    """Run one command; answers the exit code of what failed, the rest leaves by `SystemExit`."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        from local.cli import app  # noqa: PLC0415  # takes a second, in which Ctrl-C may come

        app(prog_name="python -m local")
    except LocalError as error:
        return _end(f"{ERROR}{error}", FAILED)
    except Interrupted:
        return _end("interrupted; `make status` says what runs", INTERRUPTED)
    except Exception as error:  # noqa: BLE001  # whatever it is, it ends in a sentence
        return _end(f"{ERROR}{_unexpected(error)}", FAILED)
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted


def _end(sentence: str, code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code


def _unexpected(error: Exception) -> str:
    """Say what happened in one line; the traceback goes into a file."""
    file = _keep_traceback(error)
    said = " ".join(str(error).split())[:LONGEST]
    if isinstance(error, OSError) and error.filename and error.strerror:
        said = f"{error.filename}: {error.strerror}"
    return f"{type(error).__name__}: {said}; where it happened stands in {file}"


def _keep_traceback(error: Exception) -> Path:
    """Write it where only the owner can read it: beside the log, or else among temporary files."""
    text = "".join(traceback.format_exception(error))
    file = _directory(sys.argv[1:]) / "log" / "errors.log"
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        descriptor, name = tempfile.mkstemp(prefix="local-cloudflare-", suffix=".log")
        file = Path(name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
    return file


def _directory(words: list[str]) -> Path:
    """Find the directory that the command line names."""
    found = DEFAULT_DIR
    for word, following in zip(words, [*words[1:], ""], strict=True):
        found = following if word == "--dir" else found
        found = word.removeprefix("--dir=") if word.startswith("--dir=") else found
    return Path(found).absolute()


if __name__ == "__main__":
    sys.exit(main())
