"""`rotate`: another secret in the place of one, step by step, each of which may be taken again."""

from datetime import timedelta
from typing import Annotated

import typer

from ops.commands.options import Accept, StackName, Yes
from ops.commands.rotations import rotation_steps
from ops.commands.rotations.rotation_request import Asked
from ops.errors import OpsError
from ops.paths import Paths
from ops.run.consent import Consent
from ops.stack import rotations
from ops.stack.target import read_target
from systems.rotations import SecretRotation

What = Annotated[
    str, typer.Argument(metavar="SYSTEM.WHAT", help="What to rotate; a wrong name lists them.")
]
For = Annotated[
    str | None,
    typer.Option("--for", help="Whose, where a secret has one value for each of several."),
]
Overlap = Annotated[
    int,
    typer.Option(min=1, max=720, help="Hours that the secret before it is taken, too."),
]
Again = Annotated[
    bool,
    typer.Option(
        "--again", help="Begin another while the secret before is taken, which ends it at once."
    ),
]
Gap = Annotated[
    bool, typer.Option("--allow-gap", help="Go on where requests will fail for a moment.")
]
Untried = Annotated[
    bool, typer.Option("--untried", help="Do not try it first: what takes it is not up yet.")
]


def rotate(  # noqa: PLR0913 - one for each option of the command
    stack: StackName,
    what: What,
    *,
    member: For = None,
    overlap_hours: Overlap = 24,
    again: Again = False,
    allow_gap: Gap = False,
    untried: Untried = False,
    yes: Yes = False,
    accept: Accept = None,
) -> None:
    """Put another secret of STACK in the place of one, without a gap, and check that it works.

    A value that is not made here is read hidden from the terminal, or from standard input. Whatever
    stops it: run it again, and it goes on where it was.
    """
    found = rotations.find(read_target(Paths(), stack), what)
    overlap = timedelta(hours=overlap_hours)
    asked = Asked(member, overlap, Consent(yes, accept), again, allow_gap, untried)
    if isinstance(found.rotation, SecretRotation):
        rotation_steps.secret(Paths(), stack, found, found.rotation, asked)
        return
    if member is not None:
        raise OpsError(f"{what} has no value for each of several; leave --for out")
    rotation_steps.token(Paths(), stack, found, found.rotation, asked)
