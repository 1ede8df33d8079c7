"""Digests are written into the histories of Durable Objects, and nothing else changes (CC-2)."""

import pytest
from typer.testing import CliRunner

from config import ConfigError
from config.history import load_history
from ops.commands.app import app
from ops.errors import OpsError
from ops.stack.object_histories import find, write_digests

BLOCK = """# The classes, oldest first.
- tag: v1
  new_sqlite_classes: [A]   # the first
  digest: {first}

# What came later.
- tag: v2
  new_sqlite_classes:
    - B
    - C

# The end.
- {{tag: v3, deleted_classes: [B], approved_by: Ada Lovelace}}
"""


@pytest.fixture
def history(tmp_path):
    def write(text):
        path = tmp_path / "durable_objects.yaml"
        path.write_bytes(text.encode())
        return path

    return write


@pytest.fixture
def first(history):
    """Give the digest of the first step."""
    path = history("- tag: v1\n  new_sqlite_classes: [A]\n")
    assert write_digests(path, redo=False) == ["v1"]
    return load_history(path)[0].digest


def test_new_steps_are_sealed_where_they_stand(history, first):
    path = history(BLOCK.format(first=first))

    assert write_digests(path, redo=False) == ["v2", "v3"]

    _, second, third = load_history(path)
    text = path.read_text()
    assert f"    - B\n    - C\n  digest: '{second.digest}'\n\n# The end.\n" in text
    assert f"approved_by: Ada Lovelace, digest: '{third.digest}'}}\n" in text
    without = text.replace(f"  digest: '{second.digest}'\n", "")
    assert without.replace(f", digest: '{third.digest}'", "") == BLOCK.format(first=first)


def test_what_is_sealed_stays_as_it_is(history, first):
    path = history(BLOCK.format(first=first))
    write_digests(path, redo=False)
    before = path.read_bytes()

    assert write_digests(path, redo=False) == []
    assert write_digests(path, redo=True) == []
    assert path.read_bytes() == before


def test_line_ends_and_a_file_without_a_last_one_stay(history):
    path = history(
        "- tag: v1\r\n  new_sqlite_classes: [A]\r\n- tag: v2\r\n  new_sqlite_classes: [B]"
    )

    assert write_digests(path, redo=False) == ["v1", "v2"]
    assert [step.tag for step in load_history(path)] == ["v1", "v2"]
    assert b"[A]\n  digest" in path.read_bytes()


def test_a_changed_step_is_refused_and_sealed_anew_only_when_that_is_said(history, first):
    text = BLOCK.format(first=first).replace("[A]", "[Z]")
    path = history(text)

    with pytest.raises(
        OpsError, match=r"step v1 or one before it was edited.*--redo if it was never"
    ):
        write_digests(path, redo=False)
    assert path.read_text() == text

    assert write_digests(path, redo=True) == ["v1", "v2", "v3"]
    assert [step.tag for step in load_history(path)] == ["v1", "v2", "v3"]


def test_a_history_that_is_wrong_otherwise_is_not_sealed(history):
    text = "- tag: v1\n  new_sqlite_classes: [A]\n- tag: v1\n  deleted_classes: [B]\n- {tag: v2}\n"
    path = history(text)

    with pytest.raises(ConfigError) as raised:
        write_digests(path, redo=False)

    said = str(raised.value)
    for fault in (
        "two steps have the tag v1",
        "deletes B, which no step",
        "who approved",
        "changes nothing",
    ):
        assert fault in said
    assert len(said.splitlines()) == 4
    assert path.read_text() == text


def test_the_command_seals_the_files_it_is_given(history, tmp_path):
    path = history("- {tag: v1, new_sqlite_classes: [A]}\n")

    done = CliRunner().invoke(app, ["history", "seal", str(path)])
    assert (done.exit_code, done.output) == (0, f"{path}: sealed v1\n")
    again = CliRunner().invoke(app, ["history", "seal", str(path)])
    assert again.output == f"{path}: is sealed already\n"

    missing = CliRunner().invoke(app, ["history", "seal", str(tmp_path / "none.yaml")])
    assert isinstance(missing.exception, OpsError)


def test_the_histories_of_all_workers_are_found(tmp_path):
    for place in ("systems/a/workers/b", "systems/c/workers/d", "systems/c/other/e"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "durable_objects.yaml").write_text("")

    assert [path.parent.name for path in find(tmp_path)] == ["b", "d"]
