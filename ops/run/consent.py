"""Who has agreed to a plan: somebody at a terminal, or the options of a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from common.errors import INTERRUPTED
from ops.errors import OpsError
from ops.preview.plan import Plan
from ops.preview.plan_digest import FORM
from ops.preview.severity import Rank
from ops.stack.target import DEVELOPMENT, Target
from ops.terminal import console
from ops.terminal.interrupts import Interrupted

UNTOUCHED = "nothing was changed"


class DeclinedError(OpsError):
    """Somebody was asked, and said no, or pressed Ctrl-C."""


@dataclass(frozen=True)
class Consent:
    """What a command was given: `--yes`, and the hash of a plan after `--accept`."""

    yes: bool = False
    accept: str | None = None
    agreed: frozenset[str] | None = None
    """Hashes that were agreed to in a pull request, the file after `--accepted`. Default: none was
    asked for."""


NONE = Consent()


def needs_consent(target: Target, plan: Plan) -> bool:
    """Return whether somebody has to agree to *plan*: staging and production are not a laptop."""
    return target.environment != DEVELOPMENT and not plan.empty


def obtain(target: Target, plan: Plan, given: Consent) -> None:
    """Return when *plan* for *target* is agreed to; raise `OpsError` when it is not.

    A hash agrees to its own plan and to no other; of those of a pull request one has to. `--yes`
    agrees to what loses nothing and opens nothing. Otherwise the terminal is asked; without one,
    the sentence names the option.
    """
    if given.accept is not None:
        _check(plan, given.accept)
    elif (given.yes and not plan.serious) or plan.digest in (given.agreed or ()):
        return
    elif given.yes or given.agreed is not None or not console.can_ask():
        raise OpsError(_missing(target, plan, given))
    else:
        _ask(target, plan)


def read_agreed(path: Path) -> frozenset[str]:
    """Read the hashes that `python -m ops.pull_request accepted` has printed into *path*.

    Raises `OpsError` for a file that has anything else: it would agree to something by chance.
    """
    try:
        lines = path.read_text(encoding="utf-8").split()
    except (OSError, ValueError) as error:
        raise OpsError(f"--accepted {path}: cannot be read: {error}") from None
    if not all(map(FORM.fullmatch, lines)):
        raise OpsError(
            f"--accepted {path}: has something that is no hash of a plan; write it by "
            f"python -m ops.pull_request accepted --merged COMMIT"
        )
    return frozenset(lines)


def ask_to_end(target: Target, given: Consent) -> None:
    """Return when a stack of development may be deleted; raise `OpsError` when it may not."""
    agree(f"Delete every resource of {target.name}, with the data in it?", yes=given.yes)


def agree(question: str, *, yes: bool, whether: str = "") -> None:
    """Return when somebody at the terminal says yes to *question*; *yes*: that was given before.

    *whether*: what would be asked, for the sentence where there is no terminal; default: not said.
    Raises `DeclinedError` for a no, and `OpsError` without a terminal. Nothing may have been
    changed before.
    """
    if yes:
        return
    if not console.can_ask():
        asked = f" {whether}" if whether else ""
        raise OpsError(f"there is no terminal to ask{asked}; add --yes; {UNTOUCHED}")
    with declined_at_interrupt():
        agreed = typer.confirm(question)
    if not agreed:
        raise DeclinedError(f"not agreed to; {UNTOUCHED}")


@contextmanager
def declined_at_interrupt() -> Iterator[None]:
    """Take Ctrl-C and Ctrl-D at a question for a no: raise `DeclinedError` in their place.

    After Ctrl-C the command ends with the exit code of an interruption. Nothing may have been
    changed before.
    """
    try:
        yield
    except typer.Abort:
        typer.echo(err=True)  # what is said next begins its own line
        raise DeclinedError(f"not agreed to; {UNTOUCHED}") from None
    except Interrupted:
        typer.echo(err=True)  # what is said next begins its own line
        declined = DeclinedError(f"interrupted; {UNTOUCHED}")
        declined.exit_code = INTERRUPTED
        raise declined from None


def _check(plan: Plan, accepted: str) -> None:
    if accepted != plan.digest:
        raise OpsError(
            f"--accept {accepted} is for another plan; this one is {plan.digest}, see above; "
            f"{UNTOUCHED}"
        )


def _missing(target: Target, plan: Plan, given: Consent) -> str:
    if plan.serious:
        what = " and ".join(_effects(plan))
        how = f"agree to it with --accept {plan.digest}"
        if given.agreed is not None:
            how = (
                f"agree to it in the pull request, by a comment whose first line is "
                f"accept {plan.digest}, and run this again"
            )
        return f"the plan for {target.name} {what}; look at it above, and {how}; {UNTOUCHED}"
    return f"there is no terminal to ask whether {target.name} may change; add --yes; {UNTOUCHED}"


def _effects(plan: Plan) -> list[str]:
    said = {Rank.LOSS: "loses data", Rank.EXPOSURE: "changes who gets in"}
    return [what for rank, what in said.items() if plan.of(rank)]


def _ask(target: Target, plan: Plan) -> None:
    with declined_at_interrupt():
        agreed = _agreed(target, plan)
    if not agreed:
        raise DeclinedError(f"not agreed to; {UNTOUCHED}")


def _agreed(target: Target, plan: Plan) -> bool:
    """Ask for a yes, or for the name of the stack where a yes is typed too easily."""
    if not plan.serious:
        return typer.confirm(f"Do that in {target.name}?")
    what = " and ".join(_effects(plan))
    typed = typer.prompt(f"This {what}. Type {target.name} to do it", default="")
    return str(typed).strip() == target.name
