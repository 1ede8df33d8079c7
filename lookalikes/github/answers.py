"""What each address answers, as GitHub documents it; `None` where nothing is there."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from lookalikes.github.repository import BOT, CHANGED, Json, Repository

PAGE = 30
"""Things on a page where nobody asks for another number."""

LONGEST_STATUS = 140
LONGEST_BODY = 65_536
"""Characters that GitHub takes of the text of a status, and of a comment or an issue."""


class InvalidError(Exception):
    """What was sent is not taken: 422, with a sentence."""


def answer(of: Repository, method: str, path: str, query: Mapping[str, str], body: Any) -> Any:
    """Return what *method* on *path* of the repository answers, and do it."""
    parts = [unquote(each) for each in path.strip("/").split("/")]
    if method == "GET":
        listed = _listed(of, parts, query)
        return _one(of, parts) if listed is None else _page(listed, query)
    return _written(of, method, parts, body or {})


def _listed(of: Repository, parts: list[str], query: Mapping[str, str]) -> list[Json] | None:
    match parts:
        case ["pulls"]:
            return _pulls(of, query)
        case ["commits", sha, "pulls"]:
            return [each for each in of.pulls if sha == each.get("merge_commit_sha")]
        case ["commits", sha, "statuses"]:
            return of.statuses.get(sha, [])
        case ["issues"]:
            return _issues(of, query)
        case ["issues", *below] if below[-1:] == ["comments"]:
            return _comments(of, below[:-1], query)
    return None


def _pulls(of: Repository, query: Mapping[str, str]) -> list[Json]:
    wanted = query.get("head")
    found = [each for each in of.pulls if each["state"] == query.get("state", "open")]
    return [each for each in found if wanted in {None, each["head"]["label"]}]


def _comments(of: Repository, number: list[str], query: Mapping[str, str]) -> list[Json]:
    """Return the comments of a number, the oldest first, or all as they are asked for."""
    if number:
        return of.comments.get(int(number[0]), [])
    newest_first = query.get("direction") == "desc" and "sort" in query
    return list(of.said())[:: -1 if newest_first else 1]


def _issues(of: Repository, query: Mapping[str, str]) -> list[Json]:
    """Return the issues, the newest first; a pull request is one as well."""
    pulls = [{**each, "pull_request": {}, "user": {"login": "alice"}} for each in of.pulls]
    found = [each for each in (*of.issues, *pulls) if each["state"] == query.get("state", "open")]
    creator = query.get("creator")
    by = [each for each in found if creator in {None, each["user"]["login"]}]
    return sorted(by, key=lambda each: -int(each["number"]))


def _one(of: Repository, parts: list[str]) -> Any:
    match parts:
        case [""]:
            return {"full_name": of.name, "default_branch": "main"}
        case ["branches", "main"]:
            return {"name": "main", "commit": {"sha": of.newest}}
        case ["pulls", number]:
            return next((each for each in of.pulls if each["number"] == int(number)), None)
        case ["issues", number]:
            return next((each for each in of.issues if each["number"] == int(number)), None)
        case ["collaborators", login, "permission"]:
            given = of.permissions.get(login)
            return None if given is None else {"permission": given}
    return None


def _written(of: Repository, method: str, parts: list[str], body: Json) -> Any:
    if len(str(body.get("body") or "")) > LONGEST_BODY:
        raise InvalidError(f"body is too long (maximum is {LONGEST_BODY} characters)")
    match method, parts:
        case "POST", ["statuses", sha]:
            if len(str(body.get("description") or "")) > LONGEST_STATUS:
                raise InvalidError(f"description is too long (maximum is {LONGEST_STATUS})")
            of.statuses.setdefault(sha, []).insert(0, body)
            return body
        case "POST", ["issues"]:
            return of.report(body["title"], body.get("body"), BOT)
        case "POST", ["issues", number, "comments"]:
            return of.say(int(number), body["body"], BOT)
        case "PATCH", ["issues", number]:
            return _changed(_one(of, ["issues", number]), body)
        case "PATCH", ["issues", "comments", identifier]:
            return _changed(of.comment(int(identifier)), {**body, "updated_at": CHANGED})
    return None


def _changed(found: Json | None, body: Json) -> Json | None:
    if found is not None:
        found.update(body)
    return found


def _page(listed: list[Json], query: Mapping[str, str]) -> list[Json]:
    size, page = int(query.get("per_page", PAGE)), int(query.get("page", 1))
    return listed[size * (page - 1) : size * page]
