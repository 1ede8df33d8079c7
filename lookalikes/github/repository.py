"""A repository as the API has it: pull requests, issues, comments, and statuses of commits."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

BOT = "github-actions[bot]"
"""Login by which the token of a job writes."""

WRITTEN, CHANGED = "2026-11-30T08:00:00Z", "2026-11-30T09:00:00Z"
"""When everything was written, and when it was changed: no clock is asked."""


@dataclass
class Repository:
    """What there is. Tests put things in, and look at what was made of them."""

    name: str = "chittyos/platform"
    """`owner/name`."""

    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    """Token → `permissions:` of its job, scope by level. Others are refused."""

    permissions: dict[str, str] = field(default_factory=dict)
    """Login → permission. Others are answered 404, as no user of the name."""

    pulls: list[Json] = field(default_factory=list)
    issues: list[Json] = field(default_factory=list)
    comments: dict[int, list[Json]] = field(default_factory=dict)
    """Number of an issue or pull request → what was said there, the oldest first."""

    statuses: dict[str, list[Json]] = field(default_factory=dict)
    """Commit → its statuses, the newest first."""

    asked: list[str] = field(default_factory=list)
    """Method and path of each request."""

    newest: str = "beef"
    """Commit at which the branch `main` stands."""

    moved: bool = False
    """Whether the repository has another name now, to which GitHub redirects."""

    api: str = ""
    """Where it answers."""

    def say(self, number: int, body: str | None, by: str = "alice", **more: Any) -> Json:
        """Write a comment as GitHub lists it."""
        made = {
            "id": 100 + sum(map(len, self.comments.values())),
            "body": body,
            "user": _author(by),
            "created_at": WRITTEN,
            "updated_at": WRITTEN,
            "performed_via_github_app": None,
            "html_url": f"https://github.example/{number}",
            "issue_url": f"{self.api}/repos/{self.name}/issues/{number}",
            **more,
        }
        self.comments.setdefault(number, []).append(made)
        return made

    def open(self, number: int, sha: str, head: str = "alice:change", **more: Any) -> Json:
        """Open a pull request."""
        base = {"ref": "main"}
        made = {"number": number, "head": {"sha": sha, "label": head}, "base": base, **more}
        self.pulls.append({"state": "open", "merged_at": None, **made})
        return self.pulls[-1]

    def report(self, title: str, body: str | None, by: str = "alice", **more: Any) -> Json:
        """Open an issue."""
        taken = [each["number"] for each in (*self.issues, *self.pulls)]
        made = {
            "number": max(taken, default=0) + 1,
            "title": title,
            "body": body,
            "user": _author(by),
            "state": "open",
            "state_reason": None,
            "labels": [],
            **more,
        }
        self.issues.append(made)
        return made

    def comment(self, identifier: int) -> Json | None:
        """Return the comment of that id, wherever it stands."""
        return next((each for each in self.said() if each["id"] == identifier), None)

    def said(self) -> Iterator[Json]:
        """Yield every comment, the oldest first."""
        listed = (each for comments in self.comments.values() for each in comments)
        yield from sorted(listed, key=lambda each: int(each["id"]))


def _author(login: str) -> Json:
    return {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"}
