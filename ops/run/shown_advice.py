"""Advice of policies that was shown already: it does not change, and is not read twice."""

import json
from pathlib import Path

from common.files import write_private
from ops.engine.report import Report
from ops.stack.session import Session


def known(session: Session) -> frozenset[str]:
    """Return the advice that the last run of the stack has shown; a file that is damaged: none."""
    try:
        listed = json.loads(_file(session).read_text())
    except (OSError, ValueError):
        return frozenset()
    return frozenset(map(str, listed)) if isinstance(listed, list) else frozenset()


def remember(session: Session, report: Report) -> None:
    """Keep what *report* has shown, for the next run."""
    if set(report.advice) != known(session):
        write_private(_file(session), json.dumps(sorted(report.advice)) + "\n")


def _file(session: Session) -> Path:
    return session.paths.advice / f"{session.target.name}.json"
