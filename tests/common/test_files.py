"""Files that are seen whole or not at all, and files that only their owner may read."""

import errno
from pathlib import Path

import pytest

from common import files


def mode(path):
    return path.stat().st_mode & 0o777


def test_a_private_file_is_for_its_owner_and_its_folders_are_made(tmp_path):
    path = tmp_path / "new" / "secret"
    files.write_private(path, "s3cret")

    assert path.read_text() == "s3cret"
    assert mode(path) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["secret"]


def test_a_private_file_that_everybody_could_read_is_so_no_more(tmp_path):
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    files.write_private(path, "new")

    assert (path.read_text(), mode(path)) == ("new", 0o600)


def test_a_write_that_fails_leaves_the_file_and_no_draft(tmp_path):
    path = tmp_path / "secret"
    path.mkdir()

    with pytest.raises(OSError, match="secret"):
        files.write_private(path, "new")

    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


def test_a_replaced_file_keeps_its_mode(tmp_path):
    path = tmp_path / "run"
    path.write_text("old")
    path.chmod(0o755)
    files.replace(path, b"new")

    assert (path.read_bytes(), mode(path)) == (b"new", 0o755)


def test_what_is_appended_goes_elsewhere_where_it_cannot_be_written(tmp_path):
    (tmp_path / "log").write_text("a file where a folder has to be")
    kept = files.append_private(tmp_path / "log" / "errors.log", "text", otherwise="for-tests-")

    assert kept
    try:
        assert kept.name.startswith("for-tests-")
        assert (kept.read_text(), mode(kept)) == ("text", 0o600)
    finally:
        kept.unlink()


def test_what_can_be_appended_nowhere_is_not(monkeypatch):
    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)

    assert files.append_private(Path("/dev/full"), "text") is None
