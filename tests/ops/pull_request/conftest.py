"""A GitHub on loopback, and the job of a workflow that asks it."""

import pytest

from lookalikes.github.repository import Repository
from lookalikes.github.server import serving
from ops.pull_request.__main__ import main

TOKEN = "of-a-job"
PERMISSIONS = {"alice": "write", "owner": "admin", "reader": "read", "triage": "read"}
MAY = {
    "contents": "read",
    "issues": "write",
    "pull-requests": "write",
    "statuses": "write",
}


@pytest.fixture
def github():
    with serving(Repository(tokens={TOKEN: MAY}, permissions={**PERMISSIONS})) as running:
        yield running


@pytest.fixture
def job(github, monkeypatch):
    """Run a command as a job does: what the event says is in its environment."""
    environment = {
        "GITHUB_API_URL": github.api,
        "GITHUB_REPOSITORY": github.name,
        "GH_TOKEN": TOKEN,
        "HEAD": "alice:change",
        "HEAD_SHA": "4f2a",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: main([str(each) for each in arguments])
