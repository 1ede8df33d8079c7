"""What a deployment waits for: written beside its plan, posted by a job that has no secret.

The text alone goes from the one job to the other: a plan has every input of a stack, and whoever
may read a repository may download what its jobs hand over.
"""

from itertools import islice

from ops.errors import OpsError
from ops.preview.comment import failed, is_serious, marker_of, render
from ops.preview.plan_digest import digest_of
from ops.preview.untrusted_text import code
from ops.pull_request import acceptance, pull_requests
from ops.pull_request.github import GitHub, Json

DONE = "Deployed"
"""Begins what a comment says when nothing waits for a word any more."""

RECENT = 1_000
"""Comments of the repository that are looked through, the newest first."""


def text_of(github: GitHub, plan: Json, stack: str, commit: str) -> str:
    """Return the comment on the *plan* by which *commit* was to come to *stack*.

    "" where it waits for nobody's word: it is harmless, or agreed to, and failed in another way.
    """
    if not failed(plan) and (not is_serious(plan) or _is_agreed(github, plan, commit)):
        return ""
    return render(plan, title=f"Plan for {stack}", commit=commit, stack=stack)


def post(github: GitHub, text: str, stack: str, commit: str) -> list[int]:
    """Write *text* under what brought *commit* to the default branch, or renew it there.

    Returns the numbers of the pull requests; none for a commit that was pushed without one.
    """
    marker = marker_of(stack)
    if not text.startswith(marker):
        raise OpsError(f"the text is no comment on {stack}: it does not begin with {marker}")
    numbers = list(acceptance.merged_by(github, commit))
    for number in numbers:
        pull_requests.write(github, number, text, marker)
    return numbers


def deployed(github: GitHub, stack: str, commit: str) -> int:
    """Have no comment wait for *stack* any more, of which *commit* is deployed; return how many.

    Those of earlier pull requests as well: what was merged after them was deployed with them.
    """
    marker = marker_of(stack)
    text = f"{marker}\n{DONE} on {stack}, with all that came before it: commit {code(commit)}.\n"
    newest = github.all("/issues/comments", sort="updated", direction="desc")
    waiting = [each for each in islice(newest, RECENT) if _waits(each, marker)]
    for each in waiting:
        pull_requests.edit(github, each, text)
    return len(waiting)


def _waits(comment: Json, marker: str) -> bool:
    return (
        pull_requests.is_ours(comment, f"{marker}\n") and f"{marker}\n{DONE}" not in comment["body"]
    )


def _is_agreed(github: GitHub, plan: Json, commit: str) -> bool:
    digest = digest_of(plan)
    return any(
        each.digest == digest
        for number in acceptance.merged_by(github, commit)
        for each in acceptance.accepted(github, number)
    )
