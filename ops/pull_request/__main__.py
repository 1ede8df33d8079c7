"""`python -m ops.pull_request`: what the workflows run. Needs nothing but Python.

What comes from an event stands in the environment (`HEAD`, `HEAD_SHA`) or is an argument of a shell
that quotes it; no text of a pull request is ever a command.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ops.errors import OpsError
from ops.preview.comment import marker_of, read_plan, render_all
from ops.pull_request import (
    acceptance,
    github,
    issues,
    merge_gate,
    pending_deployment,
    plans,
    pull_requests,
)

LONGEST = 20
"""Bytes that are read of a number."""


def main(arguments: Sequence[str]) -> int:
    """Run the command that *arguments* name; an error is one sentence and exit code 1."""
    given = _parser().parse_args(arguments)
    try:
        given.run(given)
    except OpsError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.pull_request", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    comment = commands.add_parser("comment", help="write plans under the pull request")
    comment.add_argument("plans", type=Path, help="folder: STACK.json, as `preview --out` writes")
    comment.add_argument("--bases", type=Path, help="the same of what they are compared with")
    comment.add_argument("--number", type=Path, help="which pull request, among several there")
    comment.set_defaults(run=_comment)
    settle = commands.add_parser("settle", help="look at the check again after a comment")
    settle.add_argument("number", type=int)
    settle.set_defaults(run=_settle)
    accepted = commands.add_parser("accepted", help="print the hashes that were agreed to")
    accepted.add_argument("--merged", metavar="SHA", required=True)
    accepted.set_defaults(run=_accepted)
    told = commands.add_parser("waiting", help="print the comment on a plan that waits for a word")
    told.add_argument("plan", type=Path, help="what `up --out` wrote")
    told.set_defaults(run=_waiting)
    post = commands.add_parser("post", help="write that comment under what was merged")
    post.add_argument("text", type=Path, help="what `waiting` printed")
    post.set_defaults(run=_post)
    done = commands.add_parser("deployed", help="have no comment wait for what is deployed")
    done.set_defaults(run=_deployed)
    for each in (told, post, done):
        each.add_argument("--merged", metavar="SHA", required=True)
        each.add_argument("--stack", required=True, help="whose plan it is")
    issue = commands.add_parser("issue", help="open the issue of a text, renew it, or close it")
    issue.add_argument("text", type=Path, help="what `--format issue` printed")
    issue.add_argument("--title", required=True, help="of an issue that is opened")
    issue.add_argument("--gone", action="store_true", help="nothing was found: it is closed")
    issue.set_defaults(run=_issue)
    return parser


def _comment(given: argparse.Namespace) -> None:
    """Write what the pull request of this job would change, and what its check says of that."""
    found, asked = plans.read(given.plans, given.bases), github.of_job()
    commit = _of_event("HEAD_SHA")
    pull = pull_requests.open_at(asked, _of_event("HEAD"), commit, _read(given.number))
    if pull is None:
        _say(f"no open pull request stands at {commit} any more")
        return
    number = pull["number"]
    pull_requests.write(asked, number, render_all(found, commit=commit), marker_of())
    if acceptance.is_for_default(asked, pull):
        judged = {name: plan for name, (plan, _) in found.items()}
        merge_gate.write(
            asked, commit, merge_gate.judge_all(judged, acceptance.said(asked, number))
        )


def _waiting(given: argparse.Namespace) -> None:
    plan, asked = read_plan(given.plan), github.of_job()
    text = pending_deployment.text_of(asked, plan, given.stack, given.merged)
    print(text, end="")  # noqa: T201
    if not text:
        _say(f"{given.stack} waits for no word: the log says why it failed")


def _post(given: argparse.Namespace) -> None:
    text, asked = _text(given.text), github.of_job()
    if _is_overtaken(asked, given.merged):
        return
    if not pending_deployment.post(asked, text, given.stack, given.merged):
        _say(f"no pull request brought {given.merged}: agree where the workflow is started by hand")


def _deployed(given: argparse.Namespace) -> None:
    asked = github.of_job()
    if _is_overtaken(asked, given.merged):
        return
    count = pending_deployment.deployed(asked, given.stack, given.merged)
    _say(f"{count} comments waited for {given.stack}, and say that it is deployed")


def _issue(given: argparse.Namespace) -> None:
    text = _text(given.text)
    for done in issues.keep(github.of_job(), text, given.title, found=not given.gone):
        _say(done)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise OpsError(f"{path}: cannot be read: {error}") from None


def _settle(given: argparse.Namespace) -> None:
    verdict = merge_gate.settle(github.of_job(), given.number)
    _say(f"{verdict.state}: {verdict.why}" if verdict else "its check waits for no word")


def _accepted(given: argparse.Namespace) -> None:
    asked = github.of_job()
    if _is_pushed_again():
        acceptance.refuse_overtaken(asked, given.merged)
    for number in acceptance.merged_by(asked, given.merged):
        for each in acceptance.accepted(asked, number):
            print(each.digest)  # noqa: T201
            _say(f"{each.digest} was agreed to by {each.by}: {each.where}")


def _is_pushed_again() -> bool:
    """Return whether what a push has begun is run again: the next push has begun its own.

    What was started by hand may be run again, to end what has failed in the middle.
    """
    again = os.environ.get("GITHUB_RUN_ATTEMPT", "1") != "1"
    return again and os.environ.get("GITHUB_EVENT_NAME") == "push"


def _is_overtaken(asked: github.GitHub, commit: str) -> bool:
    """Return whether another push speaks of the stack now, and say so: what waits may be its plan.

    A job that is run again hands over what came of an earlier time.
    """
    newest = acceptance.newest_of_default(asked)[1] if _is_pushed_again() else commit
    if newest != commit:
        _say(
            f"{newest} came after {commit}, and its deployment says what waits: nothing is written"
        )
    return newest != commit


def _read(path: Path | None) -> str:
    """Return what a file says that may be missing, and may say anything."""
    try:
        return path.read_bytes()[:LONGEST].decode().strip() if path else ""
    except (OSError, ValueError):
        return ""


def _of_event(name: str) -> str:
    if found := os.environ.get(name):
        return found
    raise OpsError(f"{name} not set; this runs in a job of comment.yml")


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
