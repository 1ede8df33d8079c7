"""Arguments and options that several commands take."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ops.commands.numbers import MOST_RELEASES


class Format(StrEnum):
    """How what was found is told."""

    TEXT = "text"
    JSON = "json"
    ISSUE = "issue"


StackName = Annotated[str, typer.Argument(metavar="STACK", help="As in Pulumi.<STACK>.yaml.")]
Accept = Annotated[
    str | None, typer.Option("--accept", metavar="HASH", help="Agree to the plan of this hash.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
PlanFile = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Write the plan to FILE as well, as JSON."),
]
Accepted = Annotated[
    Path | None,
    typer.Option("--accepted", metavar="FILE", help="Agree to a plan whose hash is in FILE."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Complete = Annotated[
    bool,
    typer.Option(
        "--complete", help="Start the local Cloudflare first, and ask every address afterwards."
    ),
]
Adopt = Annotated[
    bool, typer.Option("--adopt", help="Take over what the account has under the same names.")
]
BackTo = Annotated[
    int | None,
    typer.Option(
        "--back-to",
        min=1,
        max=MOST_RELEASES,
        hidden=True,
        help="Release that it returns to, as it is noted.",
    ),
]
AsFormat = Annotated[
    Format, typer.Option("--format", help="For people, for programs, or as the text of an issue.")
]
