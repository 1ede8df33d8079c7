"""A GitHub on loopback, and the job of a workflow that asks it."""

import pytest

from ops.pull_request.__main__ import main
from tests.ops.pull_request.fake_github import REPOSITORY, TOKEN, serving


@pytest.fixture
def github():
    with serving() as fake:
        fake.permissions = {"alice": "write", "owner": "admin", "reader": "read", "triage": "read"}
        yield fake


@pytest.fixture
def job(github, monkeypatch):
    """Run a command as a job does: what the event says is in its environment."""
    environment = {
        "GITHUB_API_URL": github.api,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GH_TOKEN": TOKEN,
        "HEAD": "alice:change",
        "HEAD_SHA": "4f2a",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: main([str(each) for each in arguments])
