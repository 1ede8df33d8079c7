"""The one issue of what is looked at again and again: opened, renewed, and closed."""

import re
from collections.abc import Iterator

from ops.errors import OpsError
from ops.pull_request.github import GitHub, Json
from ops.pull_request.pull_requests import AUTHOR

MARKER = re.compile(r"<!-- chittyos-[a-z]+(?: [a-z0-9-]+)+ -->")
"""Form of the first line of a text, by which its issue is found again."""

DONE, TWICE = "completed", "not_planned"
"""Why an issue is closed: nothing is left, or another one says the same."""


def keep(github: GitHub, text: str, title: str, *, found: bool) -> list[str]:
    """Have one open issue with *text* where something was *found*, and none where not.

    The oldest one that is open is renewed; others of the same first line, as two runs at once leave
    them, are closed. Returns what was done, a sentence each. Raises `OpsError` for a text whose
    first line is no marker.
    """
    marker = _marker(text)
    known = list(_open(github, marker))
    if found and not known:
        made = github.send("POST", "/issues", {"title": title, "body": text})
        known = list(_open(github, marker)) or [made]
        return [f"#{made['number']} is opened", *_close_others(github, known)]
    if not known:
        return []
    number = known[0]["number"]
    state = {} if found else {"state": "closed", "state_reason": DONE}
    github.send("PATCH", f"/issues/{number}", {"body": text, **state})
    said = f"#{number} is {'renewed' if found else 'closed'}"
    return [said, *_close_others(github, known)]


def _close_others(github: GitHub, known: list[Json]) -> Iterator[str]:
    """Close all of *known* but the oldest, which is the one that every run keeps."""
    kept, *others = (each["number"] for each in known)
    for number in others:
        body = {"state": "closed", "state_reason": TWICE}
        github.send("PATCH", f"/issues/{number}", body)
        yield f"#{number} is closed: #{kept} says the same"


def _open(github: GitHub, marker: str) -> Iterator[Json]:
    """Yield the open issues of *marker* that a job wrote, the oldest first."""
    listed = github.all("/issues", state="open", creator=AUTHOR)
    found = [each for each in listed if _is_of(each, marker)]
    yield from sorted(found, key=lambda each: int(each["number"]))


def _is_of(issue: Json, marker: str) -> bool:
    first, *_ = str(issue.get("body") or "").splitlines() or [""]
    return first == marker and "pull_request" not in issue


def _marker(text: str) -> str:
    first, *_ = text.splitlines() or [""]
    if not MARKER.fullmatch(first):
        raise OpsError(
            f"the text begins with {first[:60]!r}, which is no mark of an issue; make it by "
            f"--format issue"
        )
    return first
