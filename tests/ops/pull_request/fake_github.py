"""A GitHub on loopback: the few addresses that pull requests need, as it documents them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "of-a-job"
REPOSITORY = "chittyos/platform"
WRITTEN = "2026-11-30T08:00:00Z"


@dataclass
class FakeGitHub:
    """What it has; tests put things in, and look at what was made of them."""

    api: str = ""
    permissions: dict[str, str] = field(default_factory=dict)
    """Login → permission. Others are answered 404, as no user of the name."""

    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    statuses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    newest: str = "beef"
    """Commit at which the branch `main` stands."""

    moved: bool = False
    """Whether the repository has another name now, to which GitHub redirects."""

    def say(self, number: int, body: str, by: str = "alice", **more: Any) -> dict[str, Any]:
        """Write a comment as GitHub lists it."""
        made = {
            "id": 100 + sum(map(len, self.comments.values())),
            "body": body,
            "user": {"login": by, "type": "Bot" if by.endswith("[bot]") else "User"},
            "created_at": WRITTEN,
            "updated_at": WRITTEN,
            "performed_via_github_app": None,
            "html_url": f"https://github.example/{number}",
            **more,
        }
        self.comments.setdefault(number, []).append(made)
        return made

    def open(self, number: int, sha: str, head: str = "alice:change", **more: Any) -> None:
        """Open a pull request."""
        base = {"ref": "main"}
        made = {"number": number, "head": {"sha": sha, "label": head}, "base": base, **more}
        self.pulls.append({"state": "open", "merged_at": None, **made})

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        """Return what *path* answers; `None` where it is not there."""
        listed = self._listed(method, path, query)
        if listed is not None:
            return _page(listed, query)
        return self._written(method, path, body) if body else self._one(path)

    def _listed(self, method: str, path: str, query: dict[str, str]) -> list[Any] | None:
        match method, path.strip("/").split("/"):
            case "GET", ["pulls"]:
                states = [each for each in self.pulls if each["state"] == query["state"]]
                wanted = query.get("head")
                return [each for each in states if wanted in {None, each["head"]["label"]}]
            case "GET", ["commits", sha, "pulls"]:
                return [each for each in self.pulls if sha == each.get("merge_commit_sha")]
            case "GET", ["commits", sha, "statuses"]:
                return self.statuses.get(sha, [])
            case "GET", ["issues", number, "comments"]:
                return self.comments.get(int(number), [])
        return None

    def _one(self, path: str) -> Any:
        match path.strip("/").split("/"):
            case [""]:
                return {"default_branch": "main"}
            case ["branches", "main"]:
                return {"commit": {"sha": self.newest}}
            case ["pulls", number]:
                return next((each for each in self.pulls if each["number"] == int(number)), None)
            case ["collaborators", login, "permission"]:
                given = self.permissions.get(login)
                return None if given is None else {"permission": given}
        return None

    def _written(self, method: str, path: str, body: Any) -> Any:
        match method, path.strip("/").split("/"):
            case "POST", ["statuses", sha]:
                self.statuses.setdefault(sha, []).insert(0, body)
                return body
            case "POST", ["issues", number, "comments"]:
                return self.say(int(number), body["body"], "github-actions[bot]")
            case "PATCH", ["issues", "comments", number]:
                every = (each for listed in self.comments.values() for each in listed)
                found = next(each for each in every if each["id"] == int(number))
                found.update(body, updated_at="2026-11-30T09:00:00Z")
                return found
        return None


def _page(listed: list[Any], query: dict[str, str]) -> list[Any]:
    size, page = int(query["per_page"]), int(query["page"])
    return listed[size * (page - 1) : size * page]


@contextmanager
def serving() -> Iterator[FakeGitHub]:
    """Serve one that is empty."""
    fake = FakeGitHub()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fake.asked.append(f"{self.command} {url.path}")
            path = url.path.removeprefix(f"/repos/{REPOSITORY}")
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                return self._answer(401, {"message": "Bad credentials"})
            if fake.moved:
                return self._answer(301, {}, {"Location": f"{fake.api}/elsewhere"})
            found = fake.answer(self.command, path, query, json.loads(sent) if sent else None)
            return self._answer(404 if found is None else 200, found)

        def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_GET = do_POST = do_PATCH = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    fake.api = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
