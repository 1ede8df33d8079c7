"""What a rotation was asked for, whether it may begin, and what is said when it stops."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import typer

from common.errors import SentenceError
from common.files import replace
from ops.errors import OpsError
from ops.paths import Paths
from ops.run import consent
from ops.run.consent import UNTOUCHED, Consent, DeclinedError
from ops.stack.rotations import Found
from ops.stack.target import DEVELOPMENT, Target
from ops.terminal.interrupts import Interrupted

HOUR = timedelta(hours=1)
OVERLAP = 24 * HOUR


@dataclass(frozen=True)
class Asked:
    """The options of `ops rotate`."""

    member: str | None
    """Whose value, of a secret that has several. `None`: the one of all."""

    overlap: timedelta
    """How long the secret of a service token before the new one is taken, too."""

    given: Consent
    again: bool
    """Whether to begin another although one is under way."""

    allow_gap: bool
    """Whether requests may fail meanwhile."""

    untried: bool
    """Whether a value is not tried before it is set."""

    def to_go_on(self) -> str:
        """Write the options by which the command goes on with what it began.

        Not `--again`, which would begin another, nor `--accept`, which is for the plan that it had.
        """
        given = {
            f"--for {shlex.quote(self.member or '')}": self.member is not None,
            f"--overlap-hours {self.overlap // HOUR}": self.overlap != OVERLAP,
            "--allow-gap": self.allow_gap,
            "--untried": self.untried,
            "--yes": self.given.yes,
        }
        return "".join(f" {option}" for option, is_given in given.items() if is_given)


def agree(target: Target, asked: Asked) -> None:
    """Return when the rotation may begin; raise `OpsError` with nothing written when it may not.

    The plans of its stacks are shown and agreed to as they come.
    """
    is_given = target.environment == DEVELOPMENT or asked.given.yes or bool(asked.given.accept)
    consent.agree(f"Rotate it in {target.name}?", yes=is_given)


@contextmanager
def gone_on_with(stack: str, found: Found, asked: Asked) -> Iterator[None]:
    """Say how to go on where a step fails or is interrupted: what was written before is there."""
    again = f"python -m ops rotate {stack} {found.namespace}.{found.name}{asked.to_go_on()}"
    rest = "the rotation was begun, and the configuration keeps what was written for it"
    try:
        yield
    except DeclinedError:
        raise
    except Interrupted:
        raise Interrupted(f"interrupted; {rest}; go on with it: {again}") from None
    except SentenceError as error:
        said = str(error).replace(UNTOUCHED, "no resource was changed")
        raise OpsError(f"{said}\n{rest}; mend that, and go on with it: {again}") from error


@contextmanager
def taken_back(paths: Paths, target: Target, *notes: Path) -> Iterator[Callable[[], None]]:
    """Take back what is written of *target* and its *notes* when its plan is declined.

    Yield what is called once all is written. Of the tracked file nothing that somebody else has
    changed meanwhile is lost: it stays, and that is said. Raises `OpsError` in the place of the
    `DeclinedError`.
    """
    tracked = paths.tracked(target.name)
    before = {path: _content(path) for path in (tracked, paths.effective(target.name), *notes)}
    written = [before[tracked]]
    try:
        yield lambda: written.append(_content(tracked))
    except (DeclinedError, typer.Abort) as declined:
        if _content(tracked) != written[-1]:
            said = f"{tracked.name} was changed by somebody else meanwhile and keeps the rotation"
            raise OpsError(f"not agreed to; {said}; look at it") from None
        changed = [path for path, content in before.items() if _content(path) != content]
        for path in changed:
            _put(path, before[path])
        said = f"{tracked.name} is as it was; " if tracked in changed else ""
        error = OpsError(f"not agreed to; {said}{UNTOUCHED} in {target.name}")
        error.exit_code = getattr(declined, "exit_code", error.exit_code)
        raise error from None


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink()
    else:
        replace(path, content)
