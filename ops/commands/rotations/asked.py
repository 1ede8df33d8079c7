"""What a rotation was asked for, whether it may begin, and what is said when it stops."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import typer

from ops.errors import OpsError
from ops.run.consent import UNTOUCHED, Consent
from ops.stack.rotations import Found
from ops.stack.target import DEVELOPMENT, Target
from ops.terminal import console


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


def agree(target: Target, asked: Asked) -> None:
    """Return when the rotation may begin; raise `OpsError` with nothing written when it may not.

    The plans of its stacks are shown and agreed to as they come.
    """
    if target.environment == DEVELOPMENT or asked.given.yes or asked.given.accept:
        return
    if not console.can_ask():
        raise OpsError(f"there is no terminal to ask; add --yes; {UNTOUCHED}")
    if not typer.confirm(f"Rotate it in {target.name}?"):
        raise OpsError(f"not agreed to; {UNTOUCHED}")


@contextmanager
def gone_on_with(stack: str, found: Found) -> Iterator[None]:
    """Say how to go on where a step fails: what was written before it is there."""
    try:
        yield
    except OpsError as error:
        again = f"python -m ops rotate {stack} {found.namespace}.{found.name}"
        said = f"the rotation was begun; mend that, and go on with it: {again}"
        raise OpsError(f"{error}\n{said}") from error
