"""`python -m ops`: every error is a sentence, every failure an exit code."""

import sys

import click
import typer

from ops import show
from ops.cli import app
from ops.errors import OpsError
from planning.refusals import RefusedError
from toolchain.errors import ToolchainError

INTERRUPTED = 130


def main() -> int:
    """Run one command; answers the exit code."""
    try:
        code = app(standalone_mode=False)
    except (OpsError, ToolchainError, RefusedError) as error:
        show.fail(str(error))
        return 1
    except click.ClickException as error:
        show.fail(error.format_message())
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        show.fail("stopped; run it again to go on")
        return INTERRUPTED
    return int(code or 0)


if __name__ == "__main__":
    sys.exit(main())
