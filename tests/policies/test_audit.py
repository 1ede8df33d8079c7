"""`ops audit` checks a state by the levels of its stack's environment, offline."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness import policy_pack
from ops.commands import audit as ops_audit
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.target import Target
from policies.pack.type_tokens import R2_MANAGED_DOMAIN, STACK
from tests.policies import state
from toolchain import engine

ROOT = policy_pack.PACK.parent


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

    assert done.returncode == ops_audit.UNREADABLE
    assert "nothing.json does not exist; write one by" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def no_engine(monkeypatch):
    """Let nobody look for an engine, or make one."""

    def ensure(*_):
        raise AssertionError("an engine was asked for")

    monkeypatch.setattr(engine, "ensure", ensure)


@pytest.mark.usefixtures("no_engine")
def test_a_file_is_judged_without_an_engine(open_door, tmp_path, capfd):
    ops_audit.audit("development", file=open_door)
    assert "`enabled` is true." in capfd.readouterr().out

    with pytest.raises(OpsError, match="production is not as its policies want it"):
        ops_audit.audit("production", file=open_door)
    with pytest.raises(OpsError, match=r"nothing\.json does not exist"):
        ops_audit.audit("production", file=tmp_path / "nothing.json")


@pytest.mark.usefixtures("no_engine")
def test_a_file_that_is_no_state_is_not_taken_for_a_bad_one(tmp_path, capfd):
    path = tmp_path / "state.json"
    path.write_text("[]")
    with pytest.raises(OpsError, match=r"state\.json was not judged; see what is said above"):
        ops_audit.audit("production", file=path)

    assert "is no exported state" in capfd.readouterr().err


def engine_says(monkeypatch, code, said):
    """Let the engine judge any state by ending with *code* and saying *said*."""

    def run(command, **_):
        return subprocess.CompletedProcess(command, code, "", said)

    monkeypatch.setattr(subprocess, "run", run)


STATE = Path("state.json")
PRODUCTION = Target("production", "production", {})
JUDGE = (Path("pulumi"), Paths(ROOT), PRODUCTION, STATE)


def test_a_state_that_is_not_judged_is_not_called_bad(monkeypatch):
    engine_says(monkeypatch, 255, "error: deserializing deployment: incorrect passphrase\n")

    with pytest.raises(ops_audit.NotJudgedError) as stopped:
        ops_audit._judge(*JUDGE)

    assert str(stopped.value) == (
        "the state of production was not judged: deserializing deployment: incorrect passphrase"
    )
    assert stopped.value.exit_code == ops_audit.UNREADABLE


def test_a_state_that_is_bad_is_called_so_and_what_is_said_beside_is_shown(monkeypatch, capsys):
    said = "warning: could not decrypt secrets in state.json\nerror: " + ops_audit.FOUND
    engine_says(monkeypatch, 255, said)

    with pytest.raises(OpsError, match="production is not as its policies want it") as stopped:
        ops_audit._judge(*JUDGE)

    assert stopped.value.exit_code == 1
    assert capsys.readouterr().err == "warning: could not decrypt secrets in state.json\n"


def test_a_stack_whose_state_cannot_be_read_is_not_called_bad(monkeypatch, tmp_path):
    engine_says(monkeypatch, 255, "error: no stack named 'production' found")

    with pytest.raises(ops_audit.NotJudgedError, match="cannot be exported: no stack named"):
        ops_audit._exported(Path("pulumi"), Paths(ROOT), PRODUCTION, tmp_path)
