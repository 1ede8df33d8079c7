"""Putting back what is declared harmless: planned first, and only when nothing else changes."""

import re
from collections.abc import Iterator, Mapping, Sequence

from pulumi.automation.events import StepEventMetadata

from ops.engine.report import Report
from ops.engine.resources import describe
from ops.errors import OpsError
from ops.preview.input_differences import Difference, compare
from ops.run import operations
from ops.stack.session import Session

Harmless = Mapping[str, Sequence[Difference]]
"""What may be put back, by URN: how the state differs from the account."""


def repair(session: Session, harmless: Harmless) -> list[str]:
    """Put the attributes in *harmless* back, by URN; return the URNs that were put back.

    Raises `OpsError`, with nothing changed, when that would change anything else, as what the
    program has and was not brought up yet.
    """
    if not harmless:
        return []
    urns = sorted(harmless)
    _check(operations.checked(operations.preview(session, urns, refreshed=True)), harmless)
    operations.up(session, urns, refreshed=True)
    return urns


def _check(planned: Report, harmless: Harmless) -> None:
    for change in planned.changes:
        if not change.real:
            continue
        more = dict.fromkeys(_more(change.metadata, harmless.get(change.urn, ())))
        if change.op != "update" or more:
            what = ", ".join(more) or change.op
            raise OpsError(
                f"{describe(change.urn)} would change in more than what is declared harmless "
                f"({what}); nothing was changed; look at it: "
                f"python -m ops preview {_stack(change.urn)} --refresh"
            )


def _more(planned: StepEventMetadata, found: Sequence[Difference]) -> Iterator[str]:
    """Yield the paths that would change in another way than back to what the state has."""
    back = {(each.path, repr(each.after), repr(each.before)) for each in found}
    old, new = (getattr(state, "inputs", None) or {} for state in (planned.old, planned.new))
    for each in compare(old, new):
        if (each.path, repr(each.before), repr(each.after)) not in back:
            yield each.where
    # What is secret is not shown in the inputs; that it changes is.
    paths = [_plain(each.where) for each in found]
    told = {*(planned.diffs or ()), *(planned.detailed_diff or ())}
    for path in sorted(told):
        if not any(_is_within(_plain(path), each) for each in paths):
            yield path


def _plain(path: str) -> str:
    """Write *path* without which member of a list it is in."""
    return re.sub(r"\[[^\]]*\]", "[]", path)


def _is_within(one: str, other: str) -> bool:
    """Whether one of two paths leads to the other."""
    longer, shorter = max(one, other, key=len), min(one, other, key=len)
    return longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}["))


def _stack(urn: str) -> str:
    """Return the stack of a URN."""
    return urn.removeprefix("urn:pulumi:").partition("::")[0]
