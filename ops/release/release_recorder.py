"""Notes each deployment of a stack before it begins, and after it ended.

A note that cannot be kept stops no deployment: it is said, and the deployment goes on.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.markup import escape

from common.errors import SentenceError
from ops.preview.plan import Plan
from ops.release import provenance, release_store
from ops.release.account_versions import standing
from ops.release.release_record import Release, Result
from ops.stack import state
from ops.stack.session import Session
from ops.terminal import console, crash

Noting = Callable[[Plan], AbstractContextManager[None]]


@dataclass(frozen=True)
class Reason:
    """What a deployment is for, where its command knows."""

    why: str = ""
    back_to: int | None = None
    corrects: int | None = None
    ends: bool = False


UP = Reason()
DESTROY = Reason("destroy", ends=True)


def noting(session: Session, reason: Reason = UP) -> Noting:
    """Return what notes the doing of a plan of the stack. *reason*: default, it is an `up`."""

    @contextmanager
    def around(plan: Plan) -> Iterator[None]:
        release = _begin(session, plan, reason)
        try:
            yield
        except BaseException:
            _end(session, release, "failed")
            raise
        _end(session, release, "done")

    return around


def _begin(session: Session, plan: Plan, reason: Reason) -> Release | None:
    """Note that *plan* is about to be done, and how the account stands; `None` where that fails."""
    try:
        with console.out.status("noting how the account stands"):
            return release_store.keep(session, _release(session, plan, reason))
    except Exception as error:  # noqa: BLE001 - whatever it is, it stops no deployment
        _warn(session, error)
        return None


def _end(session: Session, release: Release | None, result: Result) -> None:
    if release is None:
        return
    try:
        with console.out.status("noting what was deployed"):
            after = standing(session.target, state.resources(session))
            ended = {"ended": _now(), "result": result, "after": after}
            kept = release_store.keep(session, release.model_copy(update=ended))
    except Exception as error:  # noqa: BLE001 - nor does it hide how the deployment ended
        _warn(session, error)
        return
    console.out.print(f"release {kept.number} of {session.target.name}: {result}")


def _release(session: Session, plan: Plan, reason: Reason) -> Release:
    tools, target, root = session.tools, session.target, session.paths.root
    return Release(
        stack=target.name,
        account=target.account,
        began=_now(),
        why=reason.why,
        back_to=reason.back_to,
        corrects=reason.corrects,
        ends=reason.ends,
        by=provenance.who(),
        commit=provenance.commit_of(root),
        changed=provenance.is_changed(root),
        engine=tools.engine.version,
        plugins={each.name: f"{each.version}, {each.kind}" for each in tools.plugins},
        plan=plan.digest,
        configuration=session.paths.tracked(target.name).read_text(),
        before=standing(target, state.resources(session)),
    )


def _warn(session: Session, error: Exception) -> None:
    known = isinstance(error, SentenceError)
    why = str(error) if known else crash.sentence(error, session.paths)
    said = f"this release of {session.target.name} is not noted: {why}"
    console.errors.print(f"[yellow]warning:[/yellow] {escape(said)}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
