"""What was agreed to in a pull request: `accept HASH`, by somebody who may write to the repository.

A comment counts if its first line is that and nothing else, if it was never edited, and if its
author is a person with write permission now. A hash agrees to its own plan and to no other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ops.errors import OpsError
from ops.preview.plan_digest import FORM
from ops.pull_request.github import GitHub, Json, segment

ACCEPT = re.compile(rf"accept ({FORM.pattern})")
PERSON = "User"
MAY_WRITE = frozenset({"admin", "maintain", "write"})


@dataclass(frozen=True)
class Acceptance:
    """One plan that somebody has agreed to."""

    digest: str
    """Hash of the plan."""

    by: str
    """Login of who did."""

    where: str
    """Address of the comment."""

    edited: bool = False
    """Whether it agrees to nothing, for it may say what its author has never written."""


def accepted(github: GitHub, number: int) -> list[Acceptance]:
    """Return what was agreed to in pull request *number*, the oldest first."""
    return [each for each in said(github, number) if not each.edited]


def said(github: GitHub, number: int) -> list[Acceptance]:
    """Return what those who may write have said in *number*, edited comments included."""
    found = [word for each in github.all(f"/issues/{number}/comments") if (word := said_in(each))]
    writers = {login for login in {each.by for each in found} if _may_write(github, login)}
    return [each for each in found if each.by in writers]


def said_in(comment: Json) -> Acceptance | None:
    """Return what *comment* agrees to, whoever wrote it; `None` where it does not count."""
    lines = str(comment.get("body") or "").splitlines()
    found = ACCEPT.fullmatch(lines[0].rstrip()) if lines else None
    author = comment.get("user") or {}
    if found is None or author.get("type") != PERSON or comment.get("performed_via_github_app"):
        return None
    edited = comment.get("created_at") != comment.get("updated_at")
    return Acceptance(found[1], str(author.get("login")), str(comment.get("html_url")), edited)


def merged_by(github: GitHub, commit: str) -> Iterator[int]:
    """Yield the numbers of the pull requests by which *commit* came into the default branch."""
    for each in github.all(f"/commits/{segment(commit)}/pulls"):
        if each["merged_at"] and is_for_default(github, each):
            yield int(each["number"])


def is_for_default(github: GitHub, pull: Json) -> bool:
    """Return whether *pull* is to be merged, or was, into the default branch."""
    return bool(pull["base"]["ref"] == github.get("")["default_branch"])


def refuse_overtaken(github: GitHub, commit: str) -> None:
    """Raise `OpsError` unless *commit* is the newest of the default branch.

    A job that is run again deploys its own commit, which would take back what came after it.
    """
    default, newest = newest_of_default(github)
    if newest != commit:
        raise OpsError(
            f"{commit} is not the newest of {default} any more, and to deploy it again would take "
            f"back what came after it; run the deployment of {newest} again; nothing was changed"
        )


def newest_of_default(github: GitHub) -> tuple[str, str]:
    """Return the name of the default branch, and the commit that it stands at."""
    default = str(github.get("")["default_branch"])
    return default, str(github.get(f"/branches/{segment(default)}")["commit"]["sha"])


def _may_write(github: GitHub, login: str) -> bool:
    answer = github.find(f"/collaborators/{segment(login)}/permission")
    return answer is not None and answer.get("permission") in MAY_WRITE
