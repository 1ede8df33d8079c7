"""Which pull requests there are, and the one comment that is written under one of them."""

from collections.abc import Iterator

from ops.pull_request.github import GitHub, Json

AUTHOR = "github-actions[bot]"
"""Login by which a job of GitHub Actions writes."""


def write(github: GitHub, number: int, text: str, marker: str) -> None:
    """Write *text*, which begins with *marker*, under pull request *number*, or renew it there."""
    for each in github.all(f"/issues/{number}/comments"):
        if is_ours(each, marker):
            edit(github, each, text)
            return
    github.send("POST", f"/issues/{number}/comments", {"body": text})


def is_ours(comment: Json, marker: str) -> bool:
    """Return whether a job wrote *comment*, and it begins with *marker*."""
    ours = (comment.get("user") or {}).get("login") == AUTHOR
    return ours and str(comment["body"]).startswith(marker)


def edit(github: GitHub, comment: Json, text: str) -> None:
    """Put *text* in the place of what *comment* says."""
    github.send("PATCH", f"/issues/comments/{comment['id']}", {"body": text})


def open_at(github: GitHub, head: str, commit: str, said: str = "") -> Json | None:
    """Return the open pull request of branch *head*, `owner:branch`, that stands at *commit*.

    *said*: its number, as a preview has it, whom nobody believes: it chooses among several of one
    branch, and nothing else.
    """
    listed = github.all("/pulls", state="open", head=head)
    found = [each for each in listed if each["head"]["sha"] == commit]
    chosen = (each for each in found if str(each["number"]) == said)
    return next(chosen, found[0] if found else None)


def open_numbers(github: GitHub) -> Iterator[int]:
    """Yield the number of every pull request that is open."""
    yield from (int(each["number"]) for each in github.all("/pulls", state="open"))
