"""The state of a stack as the map reads it: where it lies, or by the engine."""

import json
import stat
from types import SimpleNamespace

import pytest

from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.target import Target
from ops.stack_map import deployed_resources
from tests.policies import state
from toolchain import engine as engines

STAGING = Target("staging", "staging", {})
DEVELOPMENT = Target("development", "development", {})
BUCKET = state.resource("cloudflare:index/r2Bucket:R2Bucket", "docs", {"name": "documents"})


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """Stand in for an engine; return what makes it answer by a script of the shell."""
    path = tmp_path / "pulumi"
    found = SimpleNamespace(path=path)
    monkeypatch.setattr(engines, "ensure", lambda _: found)
    unchanged = SimpleNamespace(apply=lambda: None)
    monkeypatch.setattr(deployed_resources, "environment_for", lambda *_: unchanged)

    def answers(script):
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return answers


def test_a_stack_of_an_account_is_asked_of_the_engine(engine, tmp_path):
    exported = state.write(tmp_path / "state.json", [BUCKET])
    engine(f'echo "$@" > {tmp_path}/asked; cat {exported}')

    assert [each.own_name for each in deployed_resources.of_stack(Paths(tmp_path), STAGING)] == [
        "documents"
    ]
    asked = (tmp_path / "asked").read_text()
    assert asked.endswith("stack export --stack staging\n")
    assert "--show-secrets" not in asked


def test_a_stack_that_nobody_has_made_is_one_sentence(engine, tmp_path):
    engine('echo "error: no stack named staging found" >&2; exit 255')

    with pytest.raises(OpsError, match=r"^pulumi stack failed: no stack named staging found$"):
        deployed_resources.of_stack(Paths(tmp_path), STAGING)


def test_a_local_state_is_read_where_it_lies(tmp_path):
    path = tmp_path / ".local" / "state" / ".pulumi" / "stacks" / "chittyos" / "development.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"checkpoint": {"latest": {"resources": [BUCKET]}}}))

    found = deployed_resources.of_stack(Paths(tmp_path), DEVELOPMENT)
    assert [(each.short, each.own_name) for each in found] == [("R2Bucket", "documents")]


def test_without_a_local_state_it_is_said_what_to_do(tmp_path):
    with pytest.raises(
        OpsError, match=r"run python -m ops up development, or leave --deployed out"
    ):
        deployed_resources.of_stack(Paths(tmp_path), DEVELOPMENT)
