"""A step of a rollout on a stack: proved to be there, watched, and judged."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.errors import OpsError
from ops.health import probes
from ops.release import deployed_versions
from ops.release.rollout_gate import LOCAL_SECONDS, SECONDS, Hold, Watch, Watched
from ops.stack import state
from ops.stack.service_tokens import door_of
from ops.stack.session import Session

Addresses = list[dict[str, str]]


@dataclass(frozen=True)
class Step:
    """What was given more."""

    system: str
    version: str = ""
    """Id of the version of a worker that was. Default: the whole system."""


def hold_of(session: Session, seconds: float | None, in_a_row: int, percent: float) -> Hold:
    """Return how a step on the stack is judged; *seconds*: default, by where it stands."""
    default = LOCAL_SECONDS if session.target.local else SECONDS
    return Hold(default if seconds is None else seconds, in_a_row, percent)


def judge(session: Session, step: Step, hold: Hold) -> Watched:
    """Wait until what *step* deployed answers, watch it for as long as *hold* says, and judge it.

    What does not answer in the time that `verify` gives is judged by that.
    """
    edge = session.target.api_port + 1 if session.target.local else None
    door = door_of(session)
    addresses, before = _addresses(session, step)
    first = probes.ask_all(addresses, edge_port=edge, door=door)
    silent = [f"{each.address}: {each.said}" for each in first if not each.ok]
    if silent:
        return Watched(len(first), len(silent), f"it does not answer; {'; '.join(silent)}")
    watch = Watch(hold, lambda it: probes.ask_once(it, edge_port=edge, door=door), before)
    return watch.run(addresses)


def _addresses(session: Session, step: Step) -> tuple[Addresses, Mapping[str, dict[str, str]]]:
    """Return where what was given more answers, and where the version before it does."""
    resources = state.resources(session)
    own = [each for each in state.addresses(resources) if each["system"] == step.system]
    if not own:
        raise OpsError(f"{step.system} answers nowhere in {session.target.name}, by its outputs")
    proven = deployed_versions.proven(session.target, own, resources)
    if not step.version:
        return proven, {}
    new = [each for each in proven if each.get("version") == step.version]
    others = [each for each in proven if each.get("version") not in {None, step.version}]
    return new or proven, {each["url"]: each for each in others}
