"""`rollout` and `rollback`: change the configuration, check it, bring it up."""

from typing import Annotated

import typer

from ops.commands.deploy import bring_up
from ops.commands.options import Accept, StackName, Yes
from ops.errors import OpsError
from ops.paths import Paths
from ops.run.consent import Consent
from ops.stack import rollout as steps
from ops.stack import state, version_rollout
from ops.stack.config_editor import Editor, open_editor
from ops.stack.rollback import values as values_of_rollback
from ops.stack.session import open_session
from ops.stack.systems import find_rollback, find_rollout
from ops.stack.target import read_target

What = Annotated[
    str, typer.Argument(metavar="SYSTEM.WHAT", help="What to take back; a wrong name lists them.")
]
Which = Annotated[
    str,
    typer.Argument(
        metavar="SYSTEM",
        help="Whose rollout; SYSTEM.PATH where it has several, and for a worker by versions.",
    ),
]
To = Annotated[str | None, typer.Option(help="Share, 0.00 to 1.00. Default: only show it.")]
Confirm = Annotated[str | None, typer.Option(help="Why the step may be larger or sooner.")]


def rollback(stack: StackName, what: What, *, yes: Yes = False, accept: Accept = None) -> None:
    """Take one of the changes of a system in STACK back, and say what that cannot restore."""
    paths = Paths()
    _, way = find_rollback(read_target(paths, stack), what)
    typer.echo(f"Restores: {way.restores}\nCannot: {way.cannot}")
    if not (yes or accept):
        typer.confirm(f"Roll {what} back in {stack}?", abort=True)
    editor = open_editor(paths, stack)
    system, way = find_rollback(editor.target, what)
    editor.set_values(values_of_rollback(editor.target, system, way))
    try:
        _bring_up(editor, Consent(yes, accept))
    except OpsError as error:
        kept = f"{paths.tracked(stack).name} keeps the rollback"
        raise OpsError(f"{error}\n{kept}; mend that, then: python -m ops up {stack}") from error


def rollout(  # noqa: PLR0913 - one for each option of the command
    stack: StackName,
    which: Which,
    *,
    to: To = None,
    confirm: Confirm = None,
    yes: Yes = False,
    accept: Accept = None,
) -> None:
    """Show how far a rollout of a system in STACK has come, or take a step."""
    target = read_target(Paths(), stack)
    if versions := version_rollout.find_versions(target, which):
        _share(stack, versions, to, Consent(yes, accept))
        return
    course = steps.Course(target, *find_rollout(target, which))
    if to is None:
        following = steps.next_share(course)
        share = course.current().share
        typer.echo(f"{course.track.what}: {share:.2f}; next: {following or 'none'}")
        return
    wanted = steps.parse_share(to)
    editor = open_editor(Paths(), stack)
    fresh = steps.Course(editor.target, course.system, course.track)
    with editor.trying(steps.step(fresh, wanted, confirmed=confirm)):
        _bring_up(editor, Consent(yes, accept))


def _share(stack: str, versions: version_rollout.Versions, to: str | None, given: Consent) -> None:
    """Show who answers the requests of a worker by versions, or give its new version a share."""
    shares = version_rollout.serving(versions, state.resources(open_session(Paths(), stack)))
    typer.echo(f"{versions.which}: {version_rollout.told(shares)}")
    if to is None:
        return
    values = version_rollout.step(versions, shares, steps.parse_share(to))
    editor = open_editor(Paths(), stack)
    with editor.trying(values):
        _bring_up(editor, given)


def _bring_up(editor: Editor, given: Consent) -> None:
    bring_up(open_session(editor.paths, editor.target.name), given)
    typer.echo(f"commit {editor.paths.tracked(editor.target.name).name}, so that it stays")
