"""`up` and `destroy`: a preview first, and then that and nothing else.

The preview runs the program and the policies over the whole stack and touches nothing. Whatever is
wrong is found there: a rule about the stack as a whole speaks only when the engine has been through
all of it, and an `up` without a preview would have changed half of it by then.
"""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from rich.markup import escape

from ops.engine.diagnostics import GUIDE
from ops.engine.report import Change, Report
from ops.engine.resources import describe, short_type, what_is_lost
from ops.errors import OpsError
from ops.preview import terminal_display
from ops.preview.plan import Plan, plan_of
from ops.run import (
    container_conflicts,
    name_conflicts,
    operations,
    preview_context,
    progress,
    shown_advice,
)
from ops.run.consent import UNTOUCHED, Consent, ask_to_end, needs_consent, obtain
from ops.run.name_conflicts import Taken
from ops.stack.session import Session, check_api
from ops.stack.target import DEVELOPMENT
from ops.terminal import console, interrupts

MIGRATIONS = "migrations"
AT_RANDOM = re.compile(r"\b10023\b")
"""Code of a refusal that goes away by itself: github.com/cloudflare/workers-sdk/issues/13828."""
ENDING = "docs/runbooks.md#end-a-stack"


Around = Callable[[Plan], AbstractContextManager[None]]
"""What a plan is done within, once it is agreed to."""


def up(
    session: Session,
    given: Consent,
    *,
    adopt: bool = False,
    plan_file: Path | None = None,
    around: Around = lambda _: nullcontext(),
) -> None:
    """Bring the stack to what its configuration says, by a plan that was shown first.

    *adopt*: take over what is in the account under the names of the plan; default: that stops it.
    *plan_file*: gets the plan as JSON, whatever becomes of it; default: none does.
    *around*: what it is done within; default: nothing.
    Raises `OpsError` with nothing touched when the preview fails, a mandatory rule is violated, no
    policy has judged the stack, something protected would go, a name is taken, nobody agrees, or a
    second preview gives another plan. A plan without a step ends here, after one run.
    """
    report = _previewed(session, plan_file)
    plan = _sound(session, report)
    if found := _taken(session, report, adopting=adopt):
        name_conflicts.adopt(session, found)
        report = _previewed(session, plan_file)
        plan = _sound(session, report)
    if plan.empty:
        _conclude(session, report)
        return
    _agree(session, plan, given)
    if needs_consent(session.target, plan):
        _same(plan, _sound(session, operations.preview(session)))
    with around(plan), interrupts.changing():
        done = _once_more_where_refused_at_random(session)
        _settle(session, report, done)
    _conclude(session, done)
    if needs_consent(session.target, plan):
        _check_nothing_more(plan, plan_of(done))


def _previewed(session: Session, plan_file: Path | None) -> Report:
    report = operations.preview(session)
    if plan_file:
        preview_context.write(session, report, plan_file)
    return report


def _once_more_where_refused_at_random(session: Session) -> Report:
    """Do what was planned; where a script was refused at random, go on with it once, and say so.

    Incident 23: a deployment failed with 10023 for a namespace that the token may bind, and went
    through when it was tried again.
    """
    try:
        return operations.up(session)
    except OpsError as error:
        if not AT_RANDOM.search(str(error)):
            raise
        told = "a script was refused with 10023, as happens at random; it is tried once more"
        console.errors.print(f"[yellow]warning:[/yellow] {told}")
        return operations.up(session)


def _conclude(session: Session, report: Report) -> None:
    """Say what was done, and what the policies advise beyond what the last run has shown."""
    progress.summary(report, planned=False, known=shown_advice.known(session))
    shown_advice.remember(session, report)


def destroy(session: Session, given: Consent, *, around: Around = lambda _: nullcontext()) -> None:
    """Delete every resource of the stack, after a preview that has named them.

    *around*: what it is done within, where there is something to delete; default: nothing.
    Raises `OpsError` with nothing touched when something is protected or nobody agrees.
    """
    check_api(session.target)
    plan = _whole(operations.preview_destroy(session), f"to end the stack on purpose: {ENDING}")
    if not plan.empty:
        terminal_display.show(plan, brief=session.target.environment == DEVELOPMENT)
        _agree_to_end(session, plan, given)
    with nullcontext() if plan.empty else around(plan):
        done = operations.destroy(session)
    progress.summary(done, planned=False)


def _taken(session: Session, report: Report, *, adopting: bool) -> list[Taken]:
    """Return what is in the account already and is taken over; raise `OpsError` where it may not.

    An API that does not say what exists stops nothing: whoever may create need not be one to list.
    A container is taken over by nobody.
    """
    if names := container_conflicts.taken(report):
        raise OpsError("\n".join([*names, UNTOUCHED]))
    try:
        found = name_conflicts.taken(session, report)
    except OpsError as error:
        console.errors.print(f"[yellow]warning:[/yellow] {escape(str(error))}")
        return []
    name_conflicts.refuse(session, found, adopting=adopting)
    return found


def _sound(session: Session, report: Report) -> Plan:
    """Return the plan of a preview in which nothing is wrong; raise `OpsError` with what is."""
    plan = _whole(report)
    pack = session.tools.pack(session.paths)
    if not any(_is(pack, name) for name in report.packs):
        raise OpsError(
            f"no policy has judged the plan: {session.paths.policies} did not run to its end; "
            f"{UNTOUCHED}"
        )
    return plan


def _is(pack: Path, name: str) -> bool:
    """Whether the engine means *pack* by *name*: of a long path it shows the ends only."""
    _, _, shown = name.partition("|local|")
    return Path(shown).parts[-2:] == pack.parts[-2:]


def _whole(report: Report, remedy: str = "") -> Plan:
    """Return the plan of a preview; *remedy* is said where something protected would go."""
    plan = plan_of(report)
    if plan.protected:
        said = [*map(_kept, plan.protected), remedy, UNTOUCHED]
        raise OpsError("\n".join(filter(None, said)))
    problems = report.failure or "\n".join([*report.violations, *report.problems()])
    if problems:
        by = "stopped by policy" if report.violations else "stopped"
        raise OpsError(f"{by}; {UNTOUCHED}:\n{problems}")
    return plan


def _kept(urn: str) -> str:
    lost = what_is_lost(short_type(urn))
    return f"{describe(urn)} is protected and would go, with {lost}; see {GUIDE}"


def _agree(session: Session, plan: Plan, given: Consent) -> None:
    terminal_display.show(plan, brief=session.target.environment == DEVELOPMENT)
    if needs_consent(session.target, plan):
        terminal_display.digest(plan)
        obtain(session.target, plan, given)


def _agree_to_end(session: Session, plan: Plan, given: Consent) -> None:
    """Ask before a stack ends, also on a laptop; there a plain yes is enough."""
    if session.target.environment != DEVELOPMENT:
        terminal_display.digest(plan)
        obtain(session.target, plan, given)
        _same(plan, _whole(operations.preview_destroy(session)))
    else:
        ask_to_end(session.target, given)


def _same(plan: Plan, again: Plan) -> None:
    """Raise `OpsError` unless what would be done now is what was agreed to."""
    if plan.digest != again.digest:
        terminal_display.show(again)
        raise OpsError(
            f"the plan is {again.digest} now, see above, and was {plan.digest} when it was "
            f"agreed to: the program, its configuration or the state changed meanwhile, or the "
            f"program never gives the same twice; {UNTOUCHED}; run this again"
        )


def _check_nothing_more(plan: Plan, done: Plan) -> None:
    """Raise `OpsError` when the third run of the program did what the first two did not show."""
    known = {(item.urn, item.op) for item in plan.items}
    more = [str(item) for item in done.items if (item.urn, item.op) not in known]
    if more:
        raise OpsError(
            f"all of the plan was done, and more than it: {'; '.join(more)}; the program does not "
            f"give the same in an up as in a preview"
        )


def _settle(session: Session, plan: Report, done: Report) -> None:
    """Upload a script again, alone, whose Durable Objects were migrated by the *plan*.

    What was *done* is not all of it where a try before that was refused at random. An upload
    carries its migrations only until they are applied; without the second one the next preview
    would show them leaving. Nothing but these scripts may change in it, and outside development a
    preview shows first that nothing but the migrations leaves them.
    """
    changes = [*plan.changes, *done.changes]
    scripts = list(dict.fromkeys(change.urn for change in changes if _migrated(change)))
    if not scripts:
        return
    if session.target.environment == DEVELOPMENT:
        operations.up(session, scripts)
        return
    report = operations.preview(session, scripts)
    if report.failure or any(_does_more(change) for change in report.changes):
        console.errors.print(
            f"what follows a migration is not done yet: python -m ops up {session.target.name}"
        )
        return
    operations.up(session, scripts)


def _migrated(change: Change) -> bool:
    state = change.metadata.new
    return bool(state and (state.inputs or {}).get(MIGRATIONS))


def _does_more(change: Change) -> bool:
    step = change.metadata
    differs = {path.split(".")[0].split("[")[0] for path in (step.detailed_diff or {})}
    return change.op != "update" or not differs <= {MIGRATIONS}
