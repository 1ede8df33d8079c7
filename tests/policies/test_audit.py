"""`ops audit` judges a state by the levels of its stack's environment, offline."""

import subprocess
import sys

import pytest
from pack.tokens import R2_MANAGED_DOMAIN, STACK

from tests.policies import process, state

pytestmark = pytest.mark.engine
ROOT = process.PACK.parent


def audit(stack, path):
    return subprocess.run(
        [sys.executable, "-m", "ops", "audit", stack, "--file", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def open_door(tmp_path):
    door = state.resource(R2_MANAGED_DOMAIN, "door", {"bucketName": "docs", "enabled": True})
    return state.write(tmp_path / "state.json", [state.resource(STACK, "s", {}), door])


def test_says_what_is_wrong_and_fails_where_it_is_mandatory(open_door):
    done = audit("production", open_door)

    assert done.returncode == 1
    assert "`enabled` is true." in done.stdout
    assert "production is not as its policies want it" in done.stderr


def test_warns_where_it_is_advisory(open_door):
    done = audit("development", open_door)

    assert done.returncode == 0, done.stderr
    assert "`enabled` is true." in done.stdout


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    done = audit("production", tmp_path / "nothing.json")

    assert done.returncode == 1
    assert "nothing.json does not exist; write one by" in done.stderr
    assert "Traceback" not in done.stderr
