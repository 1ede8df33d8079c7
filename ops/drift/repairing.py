"""Putting back what is declared harmless: planned first, and only when nothing else changes."""

from collections.abc import Mapping, Sequence

from ops.engine.report import Report
from ops.engine.resources import describe
from ops.errors import OpsError
from ops.run import operations
from ops.stack.session import Session


def repair(session: Session, harmless: Mapping[str, Sequence[str]]) -> list[str]:
    """Put the attributes in *harmless* back, by URN; return the URNs that were put back.

    Raises `OpsError`, with nothing changed, when that would change anything else.
    """
    if not harmless:
        return []
    urns = sorted(harmless)
    _check(operations.checked(operations.preview(session, urns, refreshed=True)), harmless)
    operations.up(session, urns, refreshed=True)
    return urns


def _check(planned: Report, harmless: Mapping[str, Sequence[str]]) -> None:
    for change in planned.changes:
        if not change.real:
            continue
        roots = {path.partition(".")[0].partition("[")[0] for path in harmless.get(change.urn, ())}
        would = set(change.metadata.diffs or ())
        if change.op != "update" or not would <= roots:
            what = ", ".join(sorted(would - roots)) or change.op
            raise OpsError(
                f"{describe(change.urn)} would change in more than what is declared harmless "
                f"({what}); nothing was changed; look at it: "
                f"python -m ops preview {_stack(change.urn)} --refresh"
            )


def _stack(urn: str) -> str:
    """Return the stack of a URN."""
    return urn.removeprefix("urn:pulumi:").partition("::")[0]
