"""The commands, each a few lines over the module that does the work."""

from typing import Annotated

import typer

from ops import operations, show
from ops.environment import environment_for
from ops.layout import Layout
from ops.session import open_session
from ops.target import read_target
from ops.tools import tools_for

app = typer.Typer(
    help="Commands of the platform.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
LAYOUT = Layout()

StackName = Annotated[str, typer.Argument(help="Name of the stack, of Pulumi.<stack>.yaml.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def up(stack: StackName) -> None:
    """Bring STACK to what its configuration says."""
    session = open_session(LAYOUT, stack)
    show.console.print(session.tools.describe())
    show.summary(operations.up(session), planned=False)


@app.command()
def preview(stack: StackName) -> None:
    """Show what `up` would change in STACK, with every policy checked."""
    session = open_session(LAYOUT, stack)
    show.summary(operations.preview(session), planned=True)


@app.command()
def refresh(stack: StackName) -> None:
    """Read what is really there into the state of STACK."""
    show.summary(operations.refresh(open_session(LAYOUT, stack)), planned=False)


@app.command()
def destroy(stack: StackName, *, yes: Yes = False) -> None:
    """Delete every resource of STACK; asks first."""
    if not yes:
        typer.confirm(f"Delete everything in {stack}?", abort=True)
    show.summary(operations.destroy(open_session(LAYOUT, stack)), planned=False)


@app.command()
def env(stack: StackName) -> None:
    """Print what a shell evaluates so that plain `pulumi` works on STACK."""
    target = read_target(LAYOUT, stack)
    print(environment_for(LAYOUT, target, tools_for(LAYOUT, target).folder).exports())  # noqa: T201
