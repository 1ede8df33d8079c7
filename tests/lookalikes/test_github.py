"""The look-alike of GitHub refuses what GitHub refuses, and is a process for a runner to ask."""

import json
import os
import signal
import subprocess
import sys

import httpx
import pytest

from harness.nginx import free_port
from lookalikes.github.repository import Repository
from lookalikes.github.server import serving
from tests.support_runtime import eventually

COMMENT = {"body": "said"}
ISSUE = {"title": "t", "body": "b"}
STATUS = {"context": "Plan", "state": "success", "description": "d"}
ASKED = {
    "the repository": ("GET", "", {}, 200),
    "an issue that may be written": ("POST", "/issues", {"issues": "write"}, 201),
    "an issue that may be read": ("POST", "/issues", {"issues": "read"}, 403),
    "issues with no word of them": ("GET", "/issues", {"contents": "read"}, 403),
    "a comment by the right of issues": ("POST", "/issues/7/comments", {"issues": "write"}, 201),
    "a comment by that of pull requests": (
        "POST",
        "/issues/7/comments",
        {"pull-requests": "write"},
        201,
    ),
    "a status": ("POST", "/statuses/beef", {"statuses": "write"}, 201),
    "a status by another right": ("POST", "/statuses/beef", {"pull-requests": "write"}, 403),
    "what is not there": ("GET", "/pulls/99", {"pull-requests": "read"}, 404),
}


@pytest.mark.parametrize(("method", "path", "may", "status"), ASKED.values(), ids=ASKED)
def test_a_token_may_do_what_its_job_was_permitted(method, path, may, status):
    body = {**COMMENT, **ISSUE, **STATUS} if method == "POST" else None
    with serving(Repository(tokens={"t": may})) as github:
        url = f"{github.api}/repos/{github.name}{path}"
        answer = httpx.request(method, url, json=body, headers={"Authorization": "Bearer t"})

    assert answer.status_code == status
    assert status < 400 or answer.json()["message"]


def test_what_is_too_long_is_not_taken_and_a_stranger_not_heard():
    with serving(Repository(tokens={"t": {"statuses": "write", "issues": "write"}})) as github:
        url = f"{github.api}/repos/{github.name}"
        mine = {"Authorization": "Bearer t"}
        long = {**STATUS, "description": "x" * 141}
        answers = [
            httpx.post(f"{url}/statuses/beef", json=long, headers=mine),
            httpx.post(f"{url}/issues", json={**ISSUE, "body": "x" * 65_537}, headers=mine),
            httpx.get(url, headers={"Authorization": "Bearer other"}),
        ]

    assert [each.status_code for each in answers] == [422, 422, 401]
    assert github.statuses == {}
    assert github.issues == []


def test_an_issue_list_has_pull_requests_in_it_the_newest_first():
    repository = Repository(tokens={"t": {"issues": "read"}})
    repository.open(1, "beef")
    repository.report("t", "b")
    with serving(repository) as github:
        url = f"{github.api}/repos/{github.name}/issues"
        listed = httpx.get(url, headers={"Authorization": "Bearer t"}).json()

    assert [(each["number"], "pull_request" in each) for each in listed] == [(2, False), (1, True)]


def test_as_a_process_it_begins_with_a_file_and_leaves_what_came_of_it(tmp_path):
    file, port = tmp_path / "repository.json", free_port()
    given = {"tokens": {"t": {"issues": "write"}}, "comments": {"7": []}}
    file.write_text(json.dumps(given))
    command = [sys.executable, "-m", "lookalikes.github", str(file), "--port", str(port)]
    url = f"http://127.0.0.1:{port}/repos/chittyos/platform/issues/7/comments"
    mine = {"Authorization": "Bearer t"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert running.stdout.readline() == f"GitHub look-alike at http://127.0.0.1:{port}\n"
        eventually(lambda: httpx.post(url, json=COMMENT, headers=mine).status_code, 201)
        os.kill(running.pid, signal.SIGTERM)

    assert json.loads(file.read_text())["comments"]["7"][0]["body"] == "said"
