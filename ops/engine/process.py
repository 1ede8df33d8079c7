"""One call of the engine for what the Automation API does not do well: quiet, by standard input."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pulumi.automation import CommandError

from ops.engine.diagnostics import condense
from ops.errors import OpsError

NO_STACK = "no stack named"
"""How the engine says that a stack was never made."""


def pulumi(
    executable: Path,
    arguments: Sequence[str],
    *,
    cwd: Path,
    secret: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> str:
    """Run the engine *executable* with *arguments* and return what it printed.

    *secret* goes to its standard input, so that no process list shows it. *variables* are set
    beside those of this process. Raises `OpsError` with what the engine said when it fails.
    """
    done = subprocess.run(
        [executable, "--non-interactive", "--color", "never", *arguments],
        cwd=cwd,
        env={**os.environ, **(variables or {})},
        input=secret or "",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = condense(done.stderr.removeprefix("error: ") or done.stdout)
        raise OpsError(f"pulumi {arguments[0]} failed: {said}")
    return done.stdout


@contextmanager
def as_sentence() -> Iterator[None]:
    """Raise `OpsError` with the engine's last words for what the Automation API fails with."""
    try:
        yield
    except CommandError as error:
        raise OpsError(last_words(error)) from error


def last_words(failure: CommandError) -> str:
    """Return what the engine said on standard error before it failed, condensed."""
    _, _, said = str(failure).rpartition("stderr:")
    return condense(said) or "the engine stopped without a message"
