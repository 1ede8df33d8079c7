"""Arguments and options that several commands take."""

from typing import Annotated

import typer

StackName = Annotated[str, typer.Argument(metavar="STACK", help="As in Pulumi.<STACK>.yaml.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
