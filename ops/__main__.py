"""`python -m ops`: every error is a sentence, every failure an exit code."""

import os
import sys

from ops import interrupts, unexpected
from ops.layout import Layout

FAILED = 1
INTERRUPTED = 130


def main() -> int:
    """Run one command; answers the exit code."""
    interrupts.install()
    code = _run()
    if code and sys.argv[1:2] == ["env"]:
        sys.stdout.write("false\n")  # so that the `eval` of a shell fails as well
    return code


def _run() -> int:
    try:
        from ops.failures import run  # noqa: PLC0415 - takes a second, in which Ctrl-C may come

        return run()
    except interrupts.Interrupted:
        return _end(interrupts.SAID, INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends in a sentence
        return _end(f"error: {unexpected.sentence(error, Layout())}", FAILED)


def _end(sentence: str, code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code


if __name__ == "__main__":
    ended = main()
    if ended == INTERRUPTED:  # threads that were cut off would be waited for
        sys.stdout.flush()
        os._exit(ended)
    sys.exit(ended)
