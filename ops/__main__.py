"""`python -m ops`: every error is a sentence, every failure an exit code."""

import sys

from pulumi.automation import CommandError

from ops import show
from ops.cli import app
from ops.engine import last_words
from ops.errors import OpsError
from planning.refusals import RefusedError
from toolchain.errors import ToolchainError


def main() -> int:
    """Run one command; answers the exit code. A wrong call leaves by `SystemExit`."""
    try:
        app()
    except (OpsError, ToolchainError, RefusedError) as error:
        show.fail(str(error))
        return 1
    except CommandError as error:
        show.fail(last_words(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
