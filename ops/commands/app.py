"""The commands that run the engine; each is a few lines over the module that does the work."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from ops import (
    audit,
    levels,
    operations,
    plan,
    repair,
    rollout_cli,
    settings,
    show,
    start,
    tokens_cli,
    turn,
    verify,
)
from ops.comment import read_plan, render
from ops.environment import environment_for
from ops.errors import OpsError
from ops.layout import Layout
from ops.rehearsal import DEVELOPMENT, rehearse
from ops.session import Session, check_api, open_session
from ops.target import read_target
from ops.tools import tools_for

app = typer.Typer(
    help="Commands of the platform.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(tokens_cli.app, name="token")
app.command(name="audit")(audit.audit)
app.command(name="rollback")(rollout_cli.rollback)
app.command(name="rollout")(rollout_cli.rollout)

StackName = Annotated[str, typer.Argument(metavar="STACK", help="As in Pulumi.<STACK>.yaml.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write the plan to this file as well.")]
Local = Annotated[bool, typer.Option("--local", help="A throw-away copy, on the local Cloudflare.")]
Strict = Annotated[bool, typer.Option("--strict", help="Fail when a service level is missed.")]


@app.command()
def up(stack: StackName) -> None:
    """Bring STACK to what its configuration says."""
    bring_up(open_session(Layout(), stack))


@app.command()
def preview(stack: StackName, *, local: Local = False, json_file: Json = None) -> None:
    """Show what `up` would change in STACK, with every policy checked."""
    if json_file:
        plan.check_place(json_file)
    if local:
        with rehearse(Layout(), stack) as session:
            _preview(session, json_file)
    else:
        _preview(open_session(Layout(), stack), json_file)


@app.command()
def refresh(stack: StackName) -> None:
    """Read what is really there into the state of STACK."""
    show.summary(operations.refresh(open_session(Layout(), stack)), planned=False)


@app.command()
def destroy(stack: StackName, *, yes: Yes = False) -> None:
    """Delete every resource of STACK; asks first. What holds data is protected and stops it."""
    if not yes:
        typer.confirm(f"Delete every resource of {stack}, with the data in it?", abort=True)
    session = open_session(Layout(), stack)
    show.said(repair.repair(session))
    show.summary(operations.destroy(session), planned=False)


@app.command()
def env(stack: StackName) -> None:
    """Print what a shell evaluates so that plain `pulumi` works on STACK."""
    caller = dict(os.environ)
    layout = Layout()
    target = read_target(layout, stack)
    turn.take(layout)
    if target.local:
        open_session(layout, stack)
    tools = tools_for(layout, target)
    typer.echo(environment_for(layout, target, tools.folder, caller).exports())
    if lacking := tools.lacks():
        show.errors.print(lacking)


@app.command(name="verify")
def verify_stack(stack: StackName, *, strict: Strict = False) -> None:
    """Ask every address of STACK; fails unless all answer. What misses a service level is slow."""
    session = open_session(Layout(), stack)
    check_api(session.target)
    edge = session.target.api_port + 1 if session.target.local else None
    state = operations.resources(session)
    answers = verify.ask_all(operations.addresses(state), edge_port=edge)
    show.console.print(verify.table(answers))
    silent = [answer.system for answer in answers if not answer.ok]
    if silent:
        raise OpsError(f"no healthy answer from {', '.join(silent)}; see make logs")
    timings = [_timing(answer, state) for answer in answers]
    show.console.print("", levels.table(timings), sep="\n")
    _judge([sentence for timing in timings for sentence in timing.missed()], strict=strict)


@app.command(name="start")
def start_local() -> None:
    """Start the local Cloudflare with the zones and ports of `development`."""
    layout = Layout()
    target = read_target(layout, DEVELOPMENT)
    settings.check(layout, target)
    start.start(layout, target)


@app.command()
def reset(*, yes: Yes = False) -> None:
    """Delete the local Cloudflare and the state of `development`; asks first."""
    if not yes:
        typer.confirm("Delete the local Cloudflare and everything stored in it?", abort=True)
    layout = Layout()
    turn.take(layout)
    start.reset(layout)
    typer.echo("deleted; make up starts afresh")


@app.command()
def comment(
    plan: Annotated[Path, typer.Argument(help="What `preview --json` wrote.")],
    title: Annotated[str, typer.Option(help="Heading of the comment.")] = "Preview",
) -> None:
    """Render a preview as a Markdown comment for a pull request."""
    typer.echo(render(read_plan(plan), title=title), nl=False)


def bring_up(session: Session) -> None:
    """Repair, run, and say what was done."""
    show.console.print(session.tools.describe())
    show.said(repair.repair(session))
    show.summary(operations.up_and_settle(session), planned=False)


def _timing(answer: verify.Answer, state: list[dict[str, Any]]) -> levels.Timing:
    startup = levels.startup(state, answer.system)
    return levels.Timing(answer.system, startup, answer.first, answer.further)


def _judge(missed: list[str], *, strict: bool) -> None:
    """Say what is slow: a laptop is no network, so it fails nothing unless that is asked for."""
    if missed and strict:
        raise OpsError("\n".join(missed))
    for sentence in missed:
        show.console.print(f"[yellow]slow:[/yellow] {escape(sentence)}")


def _preview(session: Session, json_file: Path | None) -> None:
    report = operations.preview(session)
    if json_file:
        plan.write(report, json_file)
    show.summary(report, planned=True)
    if report.failure:
        raise OpsError(report.failure)
