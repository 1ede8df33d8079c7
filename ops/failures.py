"""What a command may fail with, as a sentence and an exit code."""

from pulumi.automation import CommandError

from ops import show
from ops.cli import app
from ops.engine import last_words
from ops.errors import OpsError
from planning.refusals import RefusedError
from toolchain.errors import ToolchainError


def run() -> int:
    """Run the command that was asked for; answers the exit code."""
    try:
        app()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except (OpsError, ToolchainError, RefusedError) as error:
        show.fail(str(error))
    except CommandError as error:
        show.fail(last_words(error))
    return 1
