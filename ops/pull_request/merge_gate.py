"""The check that gates a merge: a plan that loses data or changes who gets in has to be agreed to.

It is a status of the commit. Its text keeps the hash that it waits for, so that a comment settles
it without the plan.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ops.preview.comment import failed, is_serious
from ops.preview.plan_digest import digest_of
from ops.preview.plan_steps import Json
from ops.pull_request.acceptance import ACCEPT, Acceptance, said
from ops.pull_request.github import GitHub, segment

CONTEXT = "Plan"
"""Name of the check; a rule of the branch requires it by this name."""

MEMORY = re.compile(rf"{ACCEPT.pattern}: .*")


@dataclass(frozen=True)
class Verdict:
    """What the check says: `success`, `pending` or `failure`, and why."""

    state: str
    why: str


def judge(plan: Json, said: Iterable[Acceptance]) -> Verdict:
    """Return whether a merge may bring *plan*, by what was *said* in its pull request."""
    if failed(plan):
        return Verdict("failure", "the preview failed, or a policy stops it; see the comment")
    if not is_serious(plan):
        return Verdict("success", "loses nothing, and lets nobody else in or out")
    return awaited(digest_of(plan), said)


def awaited(digest: str, said: Iterable[Acceptance]) -> Verdict:
    """Return whether the plan of *digest* is agreed to among what was *said*."""
    words = sorted((each for each in said if each.digest == digest), key=lambda word: word.edited)
    if not words:
        return Verdict("pending", f"accept {digest}: nobody has agreed to it yet; see the comment")
    if words[0].edited:
        why = f"the word of {words[0].by} was edited; write another"
        return Verdict("pending", f"accept {digest}: {why}")
    return Verdict("success", f"accept {digest}: agreed to by {words[0].by}")


def write(github: GitHub, commit: str, verdict: Verdict) -> None:
    """Write *verdict* to *commit*."""
    body = {"context": CONTEXT, "state": verdict.state, "description": verdict.why}
    github.send("POST", f"/statuses/{segment(commit)}", body)


def settle(github: GitHub, number: int) -> Verdict | None:
    """Look again at pull request *number* after a comment; `None`: its check waits for none."""
    commit = github.get(f"/pulls/{number}")["head"]["sha"]
    digest = _awaits(github, commit)
    if digest is None:
        return None
    verdict = awaited(digest, said(github, number))
    write(github, commit, verdict)
    return verdict


def _awaits(github: GitHub, commit: str) -> str | None:
    """Return the hash that the newest check of *commit* waits for, or has waited for."""
    for each in github.all(f"/commits/{segment(commit)}/statuses"):  # the newest first
        if each["context"] == CONTEXT:
            found = MEMORY.fullmatch(str(each["description"]))
            return found[1] if found else None
    return None
