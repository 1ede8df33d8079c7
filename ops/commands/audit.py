"""`audit`: the policies over what a stack has already, without running its program."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from ops.commands.options import StackName
from ops.engine.diagnostics import condense
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.environment import environment_for
from ops.stack.target import Target, read_target
from toolchain import engine

StateFile = Annotated[
    Path | None, typer.Option("--file", help="A state exported before, instead of the stack's own.")
]
VIOLATED = 3
"""How `policies.audit` ends when something mandatory is wrong."""

FOUND = "one or more mandatory policy violations were found"
"""How the engine says so; its exit code is that of every failure."""

UNREADABLE = 4
"""Exit code of this command when the state was not judged: it is neither good nor bad."""

PACK_VARIABLES = ("PULUMI_OPTION_POLICY_PACK", "PULUMI_OPTION_POLICY_PACK_CONFIG")


class NotJudgedError(OpsError):
    """A state could not be read, or the policies did not run: nothing is known of it."""

    exit_code = UNREADABLE


def audit(stack: StackName, *, file: StateFile = None) -> None:
    """Judge the state of STACK by the policies of its environment; changes nothing."""
    paths = Paths()
    target = read_target(paths, stack)
    if file:
        return _judge_file(paths, target, file)
    pulumi = engine.ensure(engine.Places(paths.root)).path
    environment_for(paths, target, None).apply()
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        return _judge(pulumi, paths, target, _exported(pulumi, paths, target, Path(folder)))


def _judge_file(paths: Paths, target: Target, state: Path) -> None:
    """Judge by the pack alone: a file asks for no engine, and what is encrypted stays so."""
    if not state.is_file():
        raise NotJudgedError(
            f"{state} does not exist; write one by: pulumi stack export --file {state}"
        )
    levels = paths.levels(target.environment)
    files = [str(state.resolve()), str(levels)]
    command = [sys.executable, "-m", "policies.audit", *files]
    done = subprocess.run(command, cwd=paths.root, check=False)
    if done.returncode not in {0, VIOLATED}:
        raise NotJudgedError(f"{state} was not judged; see what is said above")
    _conclude(target, broken=done.returncode == VIOLATED)


def _exported(pulumi: Path, paths: Paths, target: Target, folder: Path) -> Path:
    path = folder / "state.json"
    command = [str(pulumi), "stack", "export", "--stack", target.name, "--file", str(path)]
    done = subprocess.run(command, cwd=paths.root, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().removeprefix("error: ")
        raise NotJudgedError(f"the state of {target.name} cannot be exported: {said}")
    return path


def _judge(pulumi: Path, paths: Paths, target: Target, state: Path) -> None:
    pack = ["--policy-pack", str(paths.policies)]
    levels = ["--policy-pack-config", str(paths.levels(target.environment))]
    done = subprocess.run(
        [str(pulumi), "policy", "analyze", "--file", str(state), *pack, *levels],
        env=_environment(paths),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    broken = bool(done.returncode) and FOUND in done.stderr
    if done.returncode and not broken:
        why = condense(done.stderr) or "the engine gave no reason"
        raise NotJudgedError(f"the state of {target.name} was not judged: {why}")
    said = [line for line in done.stderr.splitlines() if FOUND not in line]
    sys.stderr.writelines(f"{line}\n" for line in said)
    _conclude(target, broken=broken)


def _conclude(target: Target, *, broken: bool) -> None:
    if broken:
        raise OpsError(f"{target.name} is not as its policies want it; see what is said above")


def _environment(paths: Paths) -> dict[str, str]:
    """Let a built engine find the interpreter of the pack; the pack is named once."""
    tools = str(paths.root / "toolchain" / "bin")
    kept = {name: value for name, value in os.environ.items() if name not in PACK_VARIABLES}
    path = os.pathsep.join([tools, os.environ.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "PULUMI_SKIP_UPDATE_CHECK": "true"}
