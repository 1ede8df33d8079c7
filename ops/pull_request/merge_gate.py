"""The check that gates a merge: a plan that loses data or changes who gets in has to be agreed to.

It is a status of the commit. Its text keeps the hash that it waits for, so that a comment settles
it without the plan.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ops.preview.comment import failed, is_serious
from ops.preview.plan_digest import digest_of
from ops.preview.plan_steps import Json
from ops.pull_request.acceptance import ACCEPT, Acceptance, said
from ops.pull_request.github import GitHub, segment

CONTEXT = "Plan"
"""Name of the check; a rule of the branch requires it by this name."""

PART = f"{CONTEXT}: "
"""Begins the name of the check of one stack, where there are several."""

MEMORY = re.compile(rf"{ACCEPT.pattern}: .*")


@dataclass(frozen=True)
class Verdict:
    """What the check says: `success`, `pending` or `failure`, and why."""

    state: str
    why: str


WORST = ("failure", "pending", "success")
SAID = {
    "failure": "the preview failed, or a policy stops it; see the comment",
    "pending": "nobody has agreed to it yet; see the comment",
    "success": "agreed to, or nothing to agree to",
}
"""State of a check → what `Plan` says of as many as are so."""

NO_STACK = Verdict("success", "there is no such stack any more")


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


def judge_all(plans: Mapping[str, Json], said: Sequence[Acceptance]) -> dict[str, Verdict]:
    """Return the verdicts on *plans*, of stacks by their names, by the names of their checks.

    A single one is `Plan`. Several have a check each, and `Plan` is the worst of them.
    """
    if len(plans) == 1:
        (plan,) = plans.values()
        return {CONTEXT: judge(plan, said)}
    parts = {f"{PART}{name}": judge(plan, said) for name, plan in plans.items()}
    return {**parts, CONTEXT: combined(parts)}


def combined(parts: Mapping[str, Verdict]) -> Verdict:
    """Return the worst of *parts*, with how many are so; each of them says why by itself."""
    states = [each.state for each in parts.values()]
    state = next((each for each in WORST if each in states), WORST[0])
    return Verdict(state, f"{states.count(state)} of {len(states)} plans: {SAID[state]}")


def write(github: GitHub, commit: str, verdicts: Mapping[str, Verdict]) -> None:
    """Write *verdicts*, by the names of their checks, to *commit*.

    What an earlier preview of it said of a stack that is none any more is taken back.
    """
    gone = _parts(_newest(github, commit)).keys() - verdicts.keys()
    for context, verdict in (*dict.fromkeys(gone, NO_STACK).items(), *verdicts.items()):
        body = {"context": context, "state": verdict.state, "description": verdict.why}
        github.send("POST", f"/statuses/{segment(commit)}", body)


def settle(github: GitHub, number: int) -> Verdict | None:
    """Look again at pull request *number* after a comment; `None`: its check waits for none."""
    commit = github.get(f"/pulls/{number}")["head"]["sha"]
    newest = _newest(github, commit)
    parts = _parts(newest)
    asked = parts or {name: each for name, each in newest.items() if name == CONTEXT}
    if not any(map(_awaits, asked.values())):
        return None
    heard = said(github, number)
    verdicts = {name: _again(each, heard) for name, each in asked.items()}
    write(github, commit, {**verdicts, CONTEXT: combined(verdicts)} if parts else verdicts)
    return combined(verdicts) if parts else verdicts[CONTEXT]


def _again(check: Json, heard: Sequence[Acceptance]) -> Verdict:
    """Return what *check* says now: as before, where it waits for no word."""
    digest = _awaits(check)
    if digest is None:
        return Verdict(str(check["state"]), str(check["description"]))
    return awaited(digest, heard)


def _newest(github: GitHub, commit: str) -> dict[str, Json]:
    """Return the newest of each of our checks of *commit*, by its name."""
    found: dict[str, Json] = {}
    for each in github.all(f"/commits/{segment(commit)}/statuses"):  # the newest first
        if each["context"] == CONTEXT or str(each["context"]).startswith(PART):
            found.setdefault(str(each["context"]), each)
    return found


def _parts(newest: Mapping[str, Json]) -> dict[str, Json]:
    """Return those of single stacks that are stacks still."""
    return {
        name: each
        for name, each in newest.items()
        if name != CONTEXT and each["description"] != NO_STACK.why
    }


def _awaits(check: Json) -> str | None:
    """Return the hash that *check* waits for, or has waited for."""
    found = MEMORY.fullmatch(str(check["description"]))
    return found[1] if found else None
