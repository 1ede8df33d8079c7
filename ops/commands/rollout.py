"""`rollout` and `rollback`: change the configuration, check it, bring it up."""

from typing import Annotated

import typer

from ops.commands.deploy import bring_up
from ops.commands.options import Accept, StackName, Yes
from ops.errors import OpsError
from ops.paths import Paths
from ops.run.consent import Consent
from ops.stack import rollout as steps
from ops.stack.config_editor import Editor, open_editor
from ops.stack.rollback import ROLLBACKS, values
from ops.stack.session import open_session
from ops.stack.target import read_target

What = Annotated[str, typer.Argument(metavar="WHAT", help=f"One of {', '.join(ROLLBACKS)}.")]
To = Annotated[str | None, typer.Option(help="Share of new sessions, 0.00 to 1.00.")]
Confirm = Annotated[str | None, typer.Option(help="Why the step may be larger or sooner.")]


def rollback(
    what: What,
    stack: StackName,
    *,
    yes: Yes = False,
    accept: Accept = None,
) -> None:
    """Take one of the changes of STACK back, and say what that cannot restore."""
    way = ROLLBACKS.get(what)
    if way is None:
        raise OpsError(f"{what!r} has no rollback; there are: {', '.join(ROLLBACKS)}")
    typer.echo(f"Restores: {way.restores}\nCannot: {way.cannot}")
    if not (yes or accept):
        typer.confirm(f"Roll {what} back in {stack}?", abort=True)
    paths = Paths()
    editor = open_editor(paths, stack)
    editor.set_values(values(what, editor.target))
    try:
        _bring_up(editor, Consent(yes, accept))
    except OpsError as error:
        kept = f"{paths.tracked(stack).name} keeps the rollback"
        raise OpsError(f"{error}\n{kept}; mend that, then: python -m ops up {stack}") from error


def rollout(
    stack: StackName,
    *,
    to: To = None,
    confirm: Confirm = None,
    yes: Yes = False,
    accept: Accept = None,
) -> None:
    """Show how many new sessions of STACK live in Durable Objects, or take a step."""
    target = read_target(Paths(), stack)
    share = steps.current(target).share
    if to is None:
        following = steps.next_share(target)
        typer.echo(f"share: {share:.2f}; next: {following or 'none'}")
        return
    wanted = steps.parse_share(to)
    editor = open_editor(Paths(), stack)
    with editor.trying(steps.step(editor.target, wanted, confirmed=confirm)):
        _bring_up(editor, Consent(yes, accept))


def _bring_up(editor: Editor, given: Consent) -> None:
    bring_up(open_session(editor.paths, editor.target.name), given)
    typer.echo(f"commit {editor.paths.tracked(editor.target.name).name}, so that it stays")
