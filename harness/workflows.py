"""Runs a workflow on this machine by `act`: `python -m harness.workflows drift.yml schedule`.

The runner is real, and so are the expressions, the matrices and the shell of the workflow. What it
reaches is not: actions of others are replaced by `harness/stand_in_actions`, GitHub by its
look-alike, and `python -m ops …` by a script that is given. Needs Go and no container engine.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
import yaml

from lookalikes.github.repository import Json, Repository
from lookalikes.github.server import serving

ROOT = Path(__file__).resolve().parents[1]
ACT = "github.com/nektos/act@v0.2.89"
STAND_INS = ROOT / "harness" / "stand_in_actions"
SET_UP = "set-up"
USED = re.compile(r"uses: ([\w./-]+@[0-9a-f]{40})")
TOKEN = "token-of-the-job"  # noqa: S105 - the look-alike takes any
MAY = {"contents": "read", "issues": "write", "pull-requests": "write", "statuses": "write"}
SWITCHES = ("DRIFT", "CHECK", "CHECK_MONTHLY", "DEPLOY", "ARCHIVE")
"""Variables that turn a workflow on."""

MAKEFILE = """up setup down python:
\t@mkdir -p .venv/bin && cp "$(OPS)" .venv/bin/python
"""
"""Sets nothing up; act takes the clone for what `actions/checkout` would bring."""

COMMITTER = ("-c", "user.name=harness", "-c", "user.email=harness@example.org")

STANDS_FOR_OPS = """#!/bin/sh
case "$*" in *ops.pull_request*) exec {python} "$@" ;; esac
. {script}
"""


def run(
    workflow: Annotated[str, typer.Argument(help="File in .github/workflows.")],
    event: Annotated[str, typer.Argument(help="What begins it, as push or issue_comment.")],
    ops: Annotated[Path, typer.Option(help="Shell for `python -m ops`, its words are $@.")],
    payload: Annotated[Path | None, typer.Option(help="JSON of the event. Default: {}.")] = None,
    github: Annotated[Path | None, typer.Option(help="JSON of the repository before.")] = None,
) -> None:
    """Run WORKFLOW as it stands in the newest commit, and print what came of the repository."""
    repository = Repository(**_read(github))
    repository.tokens[TOKEN] = MAY
    with tempfile.TemporaryDirectory(prefix="workflow-") as made, serving(repository):
        folder = Path(made)
        payload_file = folder / "event.json"
        payload_file.write_text(payload.read_text() if payload else "{}")
        source = _source(folder, workflow)
        command = [str(_act()), event, "-W", f".github/workflows/{workflow}"]
        command += ["-e", str(payload_file), "-s", f"GITHUB_TOKEN={TOKEN}", *_options()]
        command += _variables(folder, source, ops.resolve(), repository)
        done = subprocess.run(command, cwd=source, check=False)
    shown = {name: each for name, each in asdict(repository).items() if name != "asked"}
    typer.echo(json.dumps(shown, indent=2))
    raise typer.Exit(done.returncode)


def _read(file: Path | None) -> Json:
    given = dict(json.loads(file.read_text())) if file else {}
    said = {int(number): each for number, each in given.get("comments", {}).items()}
    return {**given, "comments": said}


def _act() -> Path:
    """Return the runner, built once into `.local/act`: two minutes of a processor."""
    folder = ROOT / ".local" / "act"
    if not (folder / "act").exists():
        environment = {**os.environ, "GOBIN": str(folder)}
        subprocess.run(["go", "install", ACT], env=environment, check=True)
    return folder / "act"


def _source(folder: Path, workflow: str) -> Path:
    """Return a clone in which the workflow calls no other one, for act does not know `$/…`."""
    source = folder / "source"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(source)], check=True)
    file = source / ".github" / "workflows" / workflow
    document = yaml.safe_load(file.read_text())
    document["on"] = document.pop(True)  # YAML 1.1 reads the key `on` as a truth value
    document["jobs"] = without_calls(document["jobs"])
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    (source / "Makefile").write_text(MAKEFILE)
    for words in (("branch", "-qM", "main"), ("commit", "-qam", "Stand in")):
        subprocess.run(["git", *COMMITTER, *words], cwd=source, check=True)
    return source


def without_calls(jobs: Json) -> Json:
    """Return *jobs* by their names without those that call another workflow, and none needs one."""
    calls = {name for name, job in jobs.items() if "uses" in job}
    return {name: _needing(job, calls) for name, job in jobs.items() if name not in calls}


def _needing(job: Json, calls: set[str]) -> Json:
    """Return *job* as it is where it needs none of *calls*."""
    needs = job.get("needs", [])
    listed = [needs] if isinstance(needs, str) else needs
    left = [name for name in listed if name not in calls]
    rest = {name: value for name, value in job.items() if name != "needs"}
    return {**rest, "needs": left} if left else rest


def _options() -> Iterator[str]:
    """Yield what has the actions of others replaced, and the workflows turned on."""
    yield from ("-P", "ubuntu-24.04=-self-hosted", "--pull=false")
    for used in sorted(actions()):
        yield from ("--local-repository", f"{used}={stand_in_of(used)}")
    for name in SWITCHES:
        yield from ("--var", f"{name}=on")


def actions() -> set[str]:
    """Return the actions of others that our workflows use, each with its commit."""
    texts = (file.read_text() for file in (ROOT / ".github" / "workflows").glob("*.yml"))
    return {each for text in texts for each in USED.findall(text)}


def stand_in_of(action: str) -> Path:
    """Return the folder of what stands for *action*."""
    own = STAND_INS / action.partition("@")[0].rpartition("/")[2]
    return own if own.is_dir() else STAND_INS / SET_UP


def _variables(folder: Path, source: Path, ops: Path, of: Repository) -> Iterator[str]:
    """Yield the options that set what the stand-ins and the jobs read."""
    script = folder / "python"
    script.write_text(STANDS_FOR_OPS.format(python=sys.executable, script=ops))
    script.chmod(0o700)
    artifacts = folder / "artifacts"
    artifacts.mkdir()
    given = {
        "SOURCE": source,
        "OPS": script,
        "ARTIFACTS": artifacts,
        "GITHUB_API_URL": of.api,
        "GITHUB_REPOSITORY": of.name,
    }
    for name, value in given.items():
        yield from ("--env", f"{name}={value}")


if __name__ == "__main__":
    typer.run(run)
