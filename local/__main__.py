"""`python -m local …`: every error is one sentence, every failure an exit code."""

import signal
import sys
from pathlib import Path
from types import FrameType

from common.errors import FAILED, INTERRUPTED, SentenceError, crash_report
from local import DEFAULT_DIR
from local.errors import ERROR, Interrupted


def main() -> int:
    """Run one command; return the exit code of what failed, the rest leaves by `SystemExit`."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        from local.process.cli import app  # noqa: PLC0415  # takes a second; Ctrl-C may come

        app(prog_name="python -m local")
    except SentenceError as error:
        return _end(f"{ERROR}{error}", FAILED)
    except Interrupted as pressed:
        return _end(str(pressed) or "interrupted; `make status` says what runs", INTERRUPTED)
    except Exception as error:  # noqa: BLE001  # whatever it is, it ends in a sentence
        file = _directory(sys.argv[1:]) / "log" / "errors.log"
        return _end(f"{ERROR}{crash_report(error, file)}", FAILED)
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted


def _end(sentence: str, code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code


def _directory(words: list[str]) -> Path:
    """Find the directory that the command line names."""
    found = DEFAULT_DIR
    for word, following in zip(words, [*words[1:], ""], strict=True):
        found = following if word == "--dir" else found
        found = word.removeprefix("--dir=") if word.startswith("--dir=") else found
    return Path(found).absolute()


if __name__ == "__main__":
    sys.exit(main())
