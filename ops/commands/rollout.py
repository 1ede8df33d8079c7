"""`rollout` and `rollback`: change the configuration, check it, bring it up."""

from typing import Annotated

import typer

from ops import operations, repair, show
from ops import rollout as steps
from ops.edit import Editor, open_editor
from ops.errors import OpsError
from ops.layout import Layout
from ops.rollback import ROLLBACKS, values
from ops.session import open_session
from ops.target import read_target

StackName = Annotated[str, typer.Argument(metavar="STACK", help="As in Pulumi.<STACK>.yaml.")]
What = Annotated[str, typer.Argument(metavar="WHAT", help=f"One of {', '.join(ROLLBACKS)}.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
To = Annotated[str | None, typer.Option(help="Share of new sessions, 0.00 to 1.00.")]
Confirm = Annotated[str | None, typer.Option(help="Why the step may be larger or sooner.")]


def rollback(
    what: What,
    stack: StackName,
    *,
    yes: Yes = False,
) -> None:
    """Take one of the changes of STACK back, and say what that cannot restore."""
    way = ROLLBACKS.get(what)
    if way is None:
        raise OpsError(f"{what!r} has no rollback; there are: {', '.join(ROLLBACKS)}")
    typer.echo(f"Restores: {way.restores}\nCannot: {way.cannot}")
    if not yes:
        typer.confirm(f"Roll {what} back in {stack}?", abort=True)
    layout = Layout()
    editor = open_editor(layout, stack)
    editor.set_values(values(what, editor.target))
    try:
        _bring_up(editor)
    except OpsError as error:
        kept = f"{layout.tracked(stack).name} keeps the rollback"
        raise OpsError(f"{error}\n{kept}; mend that, then: python -m ops up {stack}") from error


def rollout(stack: StackName, *, to: To = None, confirm: Confirm = None) -> None:
    """Show how many new sessions of STACK live in Durable Objects, or take a step."""
    target = read_target(Layout(), stack)
    share = steps.current(target).share
    if to is None:
        following = steps.next_share(target)
        typer.echo(f"share: {share:.2f}; next: {following or 'none'}")
        return
    wanted = steps.parse_share(to)
    editor = open_editor(Layout(), stack)
    with editor.trying(steps.step(editor.target, wanted, confirmed=confirm)):
        _bring_up(editor)


def _bring_up(editor: Editor) -> None:
    session = open_session(editor.layout, editor.target.name)
    show.said(repair.repair(session))
    show.summary(operations.up_and_settle(session), planned=False)
    typer.echo(f"commit {editor.layout.tracked(editor.target.name).name}, so that it stays")
