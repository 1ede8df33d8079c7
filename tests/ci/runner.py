"""Runs a job of a workflow as its runner does, as far as our jobs go: bash, files and artifacts.

`uses:` steps do nothing but hand artifacts over. What a job may is what its `permissions:` say: its
token is made for it. Expressions are looked up in what a test gives; one that nobody gave fails.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from lookalikes.github.repository import Repository
from tests.ci.test_workflows import ROOT, named, read

needs_jq = pytest.mark.skipif(
    shutil.which("jq") is None and "CI" not in os.environ,
    reason="jq, which the runners of GitHub have, is not here",
)
"""Marks tests of steps that call jq: without it they are skipped, on a build machine they fail."""

EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")
RUN_OF_OPS = """#!/bin/sh
case "$*" in
  *ops.pull_request*) cd {root} && exec {python} "$@" ;;
esac
{stands_for_ops}
"""


@dataclass
class Runner:
    """A machine of GitHub Actions, and what its runs have handed over."""

    folder: Path
    github: Repository
    ops: str = "exit 1"
    """What stands for `python -m ops …`, in shell: its words are `$@`."""

    given: dict[str, str] = field(default_factory=dict)
    """Expression → what it stands for."""

    attempt: int = 1
    sha: str = "beef"
    event: str = "push"
    said: str = ""
    """What the steps of the last job printed."""

    def run(self, workflow: str, job: str, *, stop_after: str = "", **given: str) -> bool:
        """Run the steps of a job; return whether it passed.

        *stop_after*: the step after which the run is cancelled. *given*: more of its environment.
        """
        wanted: Any = read(named(workflow))["jobs"][job]
        temp = self._fresh("temp")
        environment = {**self._environment(wanted, temp), **given}
        passed, self.said = True, ""
        for step in wanted["steps"]:
            if passed or _is_for_failures(step):
                passed &= self._step(step, environment, passed=passed)
            if stop_after and step.get("name") == stop_after:
                return False
        return passed

    def _environment(self, job: Mapping[str, Any], temp: Path) -> dict[str, str]:
        token = f"token-{len(self.github.tokens)}"
        self.github.tokens[token] = job["permissions"]
        self.given |= {"github.token": token, "runner.temp": str(temp)}
        self.given |= {"github.run_attempt": str(self.attempt)}
        own = {
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(temp),
            "GITHUB_API_URL": self.github.api,
            "GITHUB_REPOSITORY": self.github.name,
            "GITHUB_SHA": self.sha,
            "GITHUB_EVENT_NAME": self.event,
            "GITHUB_RUN_ATTEMPT": str(self.attempt),
        }
        return own | self._filled(job.get("env", {}))

    def _filled(self, values: Mapping[str, Any]) -> dict[str, str]:
        return {name: self._text(str(value)) for name, value in values.items()}

    def _text(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: self._value(found[1]), text)

    def _value(self, expression: str) -> str:
        if expression.startswith(("secrets.", "vars.")):
            return ""
        return self.given[expression]

    def _step(self, step: Mapping[str, Any], outer: Mapping[str, str], *, passed: bool) -> bool:
        self.given["job.status == 'success'"] = str(passed).lower()
        if "uses" in step:
            return self._action(step["uses"], self._filled(step.get("with", {})))
        work = self.folder / "work" / step.get("working-directory", "")
        self._set_up(work)
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=work,
            env={**outer, **self._filled(step.get("env", {}))},
            capture_output=True,
            text=True,
            check=False,
        )
        self.said += done.stdout + done.stderr
        return done.returncode == 0

    def _set_up(self, work: Path) -> None:
        """Put the code of the project where a step runs, and `ops` as the test has it."""
        python = work / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True, exist_ok=True)
        text = RUN_OF_OPS.format(root=ROOT, python=sys.executable, stands_for_ops=self.ops)
        python.write_text(text)
        python.chmod(0o700)
        if not (work / "ops").exists():
            (work / "ops").symlink_to(ROOT / "ops")
            (work / "common").symlink_to(ROOT / "common")

    def _action(self, action: str, given: Mapping[str, str]) -> bool:
        kept = self.folder / "artifacts"
        if "/upload-artifact@" in action:
            for path in map(Path, given["path"].split()):
                within = path.name if "\n" in given["path"].strip() else ""
                _copy(path, kept / given["name"] / within)
        if "/download-artifact@" in action:
            pattern = given.get("name") or given["pattern"]
            for found in sorted(kept.glob("*")):
                if fnmatch(found.name, pattern):
                    _copy(found, Path(given["path"]))
        return True

    def _fresh(self, name: str) -> Path:
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder


def _is_for_failures(step: Mapping[str, Any]) -> bool:
    return step.get("if") in {"always()", "failure()", "${{ !cancelled() }}"}


def _copy(path: Path, to: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, to, dirs_exist_ok=True)
    elif path.exists():
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)
