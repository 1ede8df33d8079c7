"""`ops hardcoded-ids`: what git tracks is read, and what belongs to others is not (ID-5)."""

import subprocess

import pytest

from ops.commands.hardcoded_ids import hardcoded_ids, tracked
from ops.errors import OpsError
from ops.paths import Paths

ID = "CHITTY-EVNT-" + "0009876-Z9Y8"


def git(folder, *arguments):
    given = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *given, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path):
    """Write files, each with an id, into a clone that tracks them."""

    def write(*names, folder=tmp_path / "clone"):
        folder.mkdir()
        git(folder, "init", "-q")
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"\n{ID}\n")
        git(folder, "add", "--all")
        return folder

    return write


def test_an_id_in_a_file_fails_with_its_place(clone, capsys):
    folder = clone("src/a.ts", "with space é.py")

    with pytest.raises(OpsError, match=r"^2 ids stand in code; have ChittyID mint it"):
        hardcoded_ids(folder)

    assert set(capsys.readouterr().out.splitlines()) == {
        f"src/a.ts:2: {ID} (id of ChittyID)",
        f"with space é.py:2: {ID} (id of ChittyID)",
    }


def test_a_submodule_is_left_out(clone, tmp_path, capsys):
    other = clone("b.ts", folder=tmp_path / "other")
    git(other, "commit", "-qm", "b")
    folder = clone("a.test.md")
    git(folder, "submodule", "add", "-q", str(other), "vendored")

    hardcoded_ids(folder)

    assert (folder / "vendored" / "b.ts").exists()
    assert capsys.readouterr().out == "no id stands in code: 1 files were read\n"


def test_tests_links_and_what_git_does_not_track_are_left_out(clone):
    folder = clone("tests/x/data.json", "src/a.test.ts", "src/test_a.py")
    (folder / "untracked.ts").write_text(ID)
    (folder / "link").symlink_to("untracked.ts")
    git(folder, "add", "link")

    assert list(tracked(folder)) == []


def test_what_is_no_text_or_was_deleted_stops_nothing(clone):
    folder = clone("a.ts")
    (folder / "a.ts").unlink()
    (folder / "b.png").write_bytes(b"\x89PNG\xff\x00")
    git(folder, "add", "b.png")

    hardcoded_ids(folder)


def test_a_folder_without_a_clone_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    with pytest.raises(OpsError, match="git knows no clone there; name the folder of one"):
        hardcoded_ids(tmp_path)


def test_the_project_has_none():
    hardcoded_ids(Paths().root)
