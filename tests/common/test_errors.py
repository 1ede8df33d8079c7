"""An error that nobody thought of: one sentence, and a file with the rest."""

import errno

import pytest

from common import errors
from common.errors import LONGEST, crash_report


def caught(error):
    with pytest.raises(type(error)) as raised:
        raise error
    return raised.value


def test_it_says_what_it_is_and_where_the_traceback_is(tmp_path):
    file = tmp_path / "log" / "errors.log"
    said = crash_report(caught(KeyError("name")), file)

    assert said == f"KeyError: 'name'; where it happened stands in {file}"
    assert "Traceback" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_it_repeats_no_secret_and_stays_short(tmp_path):
    error = caught(ValueError(f"hunter2-hunter2 {'long ' * 1000}"))
    said = crash_report(error, tmp_path / "errors.log", hidden=("hunter2-hunter2",))

    assert "hunter2" not in said
    assert len(said) < LONGEST + len(str(tmp_path)) + 100


def test_a_file_is_named_and_a_missing_module_has_its_remedy(tmp_path):
    missing = caught(ModuleNotFoundError("No module named 'rich'"))
    denied = caught(PermissionError(13, "Permission denied", "/etc/shadow"))

    assert "; run make setup, and this with .venv/bin/python; " in crash_report(
        missing, tmp_path / "errors.log"
    )
    assert "PermissionError: /etc/shadow: Permission denied;" in crash_report(
        denied, tmp_path / "errors.log"
    )


def test_a_full_disk_is_one_sentence_with_what_to_do(tmp_path, monkeypatch):
    full = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "records.db"))
    monkeypatch.setattr(errors, "append_private", lambda *_: None)

    assert crash_report(full, tmp_path / "errors.log") == (
        f"OSError: {tmp_path}/records.db: No space left on device; make room, then run this again; "
        "no file could be written about it"
    )
