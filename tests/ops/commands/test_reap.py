"""FW-4: what `reap` does around its stacks; that they go is tested with an engine."""

import json
import sys

import pytest

from ops.commands import reap as command
from ops.errors import OpsError
from ops.paths import PROJECT, Paths
from ops.pull_request import pull_requests


@pytest.fixture
def destroyed(tmp_path, monkeypatch):
    """Give a clone with stacks of two pull requests, and gather which are destroyed."""
    folder = tmp_path / ".local" / "state" / ".pulumi" / "stacks" / PROJECT
    folder.mkdir(parents=True)
    latest = {"checkpoint": {"latest": {"manifest": {"time": "2026-01-01T00:00:00Z"}}}}
    for stack in ("pr-7", "pr-8", "development"):
        (folder / f"{stack}.json").write_text(json.dumps(latest))
    gone: list[str] = []

    def destroy(_paths, stack):
        gone.append(stack)
        return stack != "pr-7"

    monkeypatch.setattr(command, "Paths", lambda: Paths(tmp_path))
    monkeypatch.setattr(command, "_is_destroyed", destroy)
    return gone


def test_one_that_fails_keeps_no_other_and_is_named_with_what_to_run(destroyed):
    with pytest.raises(OpsError, match=r"not removed: pr-7, .*: python -m ops destroy pr-7$"):
        command.reap(yes=True)

    assert destroyed == ["pr-7", "pr-8"]


def test_what_has_changed_since_stays(destroyed, capsys):
    command.reap(days=100_000, yes=True)

    assert destroyed == []
    assert capsys.readouterr().out.splitlines()[-1] == "nothing to remove"


def test_a_dry_run_says_all_and_removes_nothing(destroyed, capsys):
    command.reap(dry_run=True, yes=True)

    assert destroyed == []
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "pr-7",
        "pr-8",
    ]


def test_a_file_that_cannot_be_read_keeps_no_other_stack_and_is_an_error(
    destroyed, tmp_path, capsys
):
    (tmp_path / "Pulumi.pr-8.yaml").write_text("config: [")

    with pytest.raises(OpsError, match="not removed: pr-7"):
        command.reap(yes=True)
    (tmp_path / "Pulumi.pr-7.yaml").write_text("config:\n  chittyos:environment: staging\n")
    with pytest.raises(OpsError, match="not judged: pr-8"):
        command.reap(yes=True)

    assert destroyed == ["pr-7"]
    assert "pr-8: stays; " in capsys.readouterr().out


def test_a_stack_that_is_made_while_github_answers_is_not_taken_for_a_closed_one(
    destroyed, tmp_path, monkeypatch
):
    folder = tmp_path / ".local" / "state" / ".pulumi" / "stacks" / PROJECT

    def answer(_github):
        (folder / "pr-9.json").write_text((folder / "pr-8.json").read_text())
        return iter([7])

    monkeypatch.setenv("GH_TOKEN", "of-a-job")
    monkeypatch.setenv("GITHUB_REPOSITORY", "chittyos/platform")
    monkeypatch.setattr(pull_requests, "open_numbers", answer)

    command.reap(days=100_000, ask_github=True, yes=True)

    assert destroyed == ["pr-8"]


def test_what_is_destroyed_does_not_see_the_token(tmp_path, monkeypatch):
    """Programs and plugins of a pull request may be in the clone."""
    monkeypatch.setenv("GH_TOKEN", "of-a-job")
    seen = tmp_path / "seen"
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "${{GH_TOKEN-none}} $*" > {seen}\n')
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))

    assert command._is_destroyed(Paths(tmp_path), "pr-7")
    assert seen.read_text() == "none -m ops destroy pr-7 --yes\n"


@pytest.mark.parametrize("token", [None, "of-a-job"])
def test_where_github_does_not_say_which_are_open_nothing_goes(destroyed, monkeypatch, token):
    """Else each of them would be taken for closed."""
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("GITHUB_REPOSITORY", "chittyos/platform")
    monkeypatch.delenv("GH_TOKEN", raising=False)
    if token:
        monkeypatch.setenv("GH_TOKEN", token)

    with pytest.raises(OpsError, match=r"GH_TOKEN not set|GitHub does not answer"):
        command.reap(ask_github=True, yes=True)

    assert destroyed == []
