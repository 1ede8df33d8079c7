"""A stack of a pull request leaves no file behind; of any other it is said what stays, and why."""

import json
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.paths import PROJECT, Paths
from ops.stack import removal
from ops.stack.target import Target

OTHER = "pr-70"
"""Begins as the stack that is removed, and stays whole."""

KEPT = (
    f".local/state/.pulumi/stacks/{PROJECT}/{OTHER}.json",
    f".local/state/.pulumi/history/{PROJECT}/{OTHER}/{OTHER}-1.history.json",
    f".local/stacks/Pulumi.{OTHER}.yaml",
    f"Pulumi.{OTHER}.yaml",
    f".local/home/logs/organization+{PROJECT}+{OTHER}-20261129T014821.log",
    f".local/home/logs/organization+{PROJECT}+pr-7-of-mine-20261129T014821.log",
    ".local/home/logs/organization+another+pr-7-20261129T014821.log",
    ".build/edge-pr-70/index.mjs",
)


def session(root: Path, stack: str, environment: str = "development") -> Any:
    """Give a session on *stack* whose engine does nothing."""
    engine = SimpleNamespace(path=Path("/bin/true"))
    return SimpleNamespace(
        paths=Paths(root),
        target=Target(stack, environment, {}),
        tools=SimpleNamespace(engine=engine),
    )


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")


def files(root: Path) -> set[str]:
    everything = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix() for path in everything if ".git/" not in str(path)}


LEFT = (
    f".local/state/.pulumi/stacks/{PROJECT}/pr-7.json.bak",
    f".local/state/.pulumi/stacks/{PROJECT}/pr-7.json.attrs",
    f".local/state/.pulumi/backups/{PROJECT}/pr-7/pr-7.1.json",
    f".local/state/.pulumi/history/{PROJECT}/pr-7/pr-7-1.history.json",
    f".local/state/.pulumi/locks/organization/{PROJECT}/pr-7/1.json",
    ".local/stacks/Pulumi.pr-7.yaml",
    ".local/stacks/pr-7.r2",
    f".local/home/logs/organization+{PROJECT}+pr-7-20261129T014821.log",
    ".local/policy/pr-7.json",
    ".local/advice/pr-7.json",
    "Pulumi.pr-7.yaml",
    ".build/edge-pr-7/index.mjs",
)


def test_nothing_of_a_stack_of_a_pull_request_is_left_and_nothing_else_goes(tmp_path, monkeypatch):
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / ".local" / "home"))
    write(tmp_path, *LEFT, *KEPT)
    ended = session(tmp_path, "pr-7")

    removed = removal.remove(ended, [tmp_path / ".build" / "edge-pr-7"])

    assert files(tmp_path) == set(KEPT)
    assert "Pulumi.pr-7.yaml" in removed
    assert ".build/edge-pr-7" in removed
    assert removal.staying(ended) == []


def test_a_configuration_that_git_tracks_stays_and_is_said(tmp_path):
    write(tmp_path, "Pulumi.pr-7.yaml")
    for command in (["init", "-q"], ["add", "Pulumi.pr-7.yaml"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    ended = session(tmp_path, "pr-7")

    removal.remove(ended, [])

    assert files(tmp_path) == {"Pulumi.pr-7.yaml"}
    assert removal.staying(ended) == ["Pulumi.pr-7.yaml stays: git tracks it"]


STAYING = {
    "development": ("development", "development", "make reset deletes them"),
    "a local copy": ("mine", "development", r"\.local/stacks/Pulumi\.mine\.yaml"),
    "staging": ("staging", "staging", "pulumi stack rm staging"),
    "a name that only looks so": ("pr-7", "staging", "pulumi stack rm pr-7"),
}


@pytest.mark.parametrize(("stack", "environment", "said"), STAYING.values(), ids=STAYING)
def test_of_another_stack_it_is_said_what_stays(tmp_path, stack, environment, said):
    ended = session(tmp_path, stack, environment)

    assert not removal.is_throwaway(ended.target)
    (sentence,) = removal.staying(ended)
    assert re.search(said, sentence)


def test_the_modules_of_its_scripts_are_found_in_its_state_and_no_other_folder(
    tmp_path, monkeypatch
):
    given = [".build/edge-pr-7/index.mjs", "systems/x/index.mjs", "../elsewhere/index.mjs", None]
    listed = [{"inputs": {"contentFile": file}} for file in given] + [{}]
    monkeypatch.setattr(removal, "resources", lambda _: json.loads(json.dumps(listed)))

    found = removal.modules(session(tmp_path, "pr-7"))

    assert found == [tmp_path / ".build" / "edge-pr-7"]
