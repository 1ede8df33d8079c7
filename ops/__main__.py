"""`python -m ops`: the one place where a command ends, in a sentence and an exit code."""

import os
import sys
from contextlib import suppress

from common.errors import FAILED, INTERRUPTED, SentenceError
from common.quick_end import quick_end
from common.quick_imports import collect_less, skip_command_line_of_httpx
from ops.paths import Paths
from ops.terminal import crash, interrupts


def main() -> int:
    """Run one command and return its exit code."""
    interrupts.install()
    collect_less()
    skip_command_line_of_httpx()
    code = _run()
    if code and sys.argv[1:2] == ["env"]:
        sys.stdout.write("false\n")  # so that the `eval` of a shell fails as well
    return code


def _run() -> int:
    try:
        from ops.commands.app import app  # noqa: PLC0415 - takes a second, Ctrl-C may come in it

        app()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            return _end(ended.code, FAILED)
        return ended.code or 0
    except interrupts.Interrupted as pressed:
        return _end(str(pressed) or interrupts.MESSAGE, INTERRUPTED)
    except SentenceError as error:
        return _refuse(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends in a sentence
        return _end(f"error: {crash.sentence(error, Paths())}", FAILED)
    return 0


def _refuse(error: SentenceError) -> int:
    from ops.terminal import console  # noqa: PLC0415 - whatever refused has loaded it already

    console.fail(str(error))
    return error.exit_code


def _end(sentence: str, code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code


if __name__ == "__main__":
    ended = quick_end.code = main()
    if ended == INTERRUPTED:  # threads that were cut off would be waited for
        with suppress(OSError, ValueError, AttributeError):  # closed, or nobody reads it any more
            sys.stdout.flush()
        os._exit(ended)
    sys.exit(ended)
