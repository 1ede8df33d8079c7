"""The program of an earlier commit, beside the present one (FW-4)."""

import subprocess
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.paths import Paths
from ops.release import former_program
from ops.release.release_record import Release, Standing


def git(folder: Path, *arguments: str) -> str:
    own = ("-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false")
    command = ["git", *own, *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "a commit")
    return git(folder, "rev-parse", "HEAD")


def release(commit: str) -> Release:
    file = "config:\n  some:host: then\n"
    given = {"account": "", "began": "", "by": "octocat", "configuration": file}
    return Release(number=3, stack="staging", commit=commit, **given)


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    folder = tmp_path / "upstream"
    folder.mkdir()
    git(folder, "init", "--quiet")
    return folder


def test_a_clone_without_its_history_is_told_how_to_get_the_commit(upstream, tmp_path):
    """Clones of a CI are shallow: the commit of an earlier release is in none of them."""
    first = commit(upstream, program="then")
    commit(upstream, program="now")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth", "1", upstream.as_uri(), str(clone))
    (clone / "Pulumi.staging.yaml").write_text("config: {}\n")

    with pytest.raises(OpsError, match=f"^commit {first} of release 3, which octocat") as refused:
        former_program.check_commit(clone, release(first))
    said = str(refused.value)
    assert "is not in this clone; nothing was changed" in said
    command = said.rpartition("run this again: ")[2]
    git(clone, *command.split()[1:])

    former_program.check_commit(clone, release(first))
    assert former_program.differing_pins(clone, first) == []
    with former_program.former_program(Paths(clone), release(first), Standing()) as folder:
        assert (folder / "program").read_text() == "then"
        assert "host: then" in (folder / "Pulumi.staging.yaml").read_text()
    assert not folder.exists()


def test_packages_that_differ_are_named_and_the_engine_is_not_one_of_them(upstream):
    """The engine is pinned in the program of then, which is what runs."""
    (upstream / "requirements").mkdir()
    (upstream / "toolchain").mkdir()
    first = commit(upstream, **{"requirements/base.txt": "a==1", "toolchain/pairs.py": "1"})
    commit(upstream, **{"requirements/base.txt": "a==2", "toolchain/pairs.py": "2"})

    assert former_program.differing_pins(upstream, first) == ["requirements/base.txt"]
