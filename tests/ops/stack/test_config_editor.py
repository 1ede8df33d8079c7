"""A step of the rollout in the tracked file: there as long as nothing fails, comments and all."""

import re
from pathlib import Path

import pytest

from ops.commands import rollback as rollback_cli
from ops.commands import rollout as rollout_cli
from ops.errors import OpsError
from ops.paths import Paths
from ops.release import release_store
from ops.run.consent import DeclinedError
from ops.stack import config_editor, effective_config
from ops.stack.config_editor import Editor
from ops.stack.target import Target, read_target
from ops.terminal.interrupts import Halfway, Interrupted
from planning.refusals import RefusedError

TEXT = """\
# A comment at the top.
config:
  chittyos:environment: staging
  chittyconnect:rollout:  # and one beside
    percentage: 0.10
"""
SET = re.compile(r"percentage: .*")


@pytest.fixture
def editor(tmp_path, monkeypatch):
    """Give an editor whose engine only knows the percentage, and whose checks are all passed."""
    path = tmp_path / "Pulumi.staging.yaml"
    path.write_text(TEXT)

    def engine(_engine, arguments, **_):
        draft = Path(arguments[arguments.index("--config-file") + 1])
        if arguments[1] == "set" and arguments[-2].endswith("rollout.percentage"):
            draft.write_text(SET.sub(f"percentage: {arguments[-1]}", draft.read_text()))

    monkeypatch.setattr(config_editor, "pulumi", engine)
    monkeypatch.setattr(effective_config, "check", lambda *_: None)
    paths = Paths(tmp_path)
    made = Editor(paths, read_target(paths, "staging"), Path("pulumi"))
    monkeypatch.setattr(rollout_cli, "Paths", lambda: paths)
    monkeypatch.setattr(rollout_cli, "open_editor", lambda *_: made)
    return made


def file_of(editor):
    return editor.paths.tracked("staging")


def brought_up(monkeypatch, end):
    """Let `up` end by calling *end*; return what the file was while it ran."""
    seen = []

    def bring_up(editor, _consent, _why):
        seen.append(file_of(editor).read_text())
        end(editor)

    monkeypatch.setattr(rollout_cli, "_bring_up", bring_up)
    monkeypatch.setattr(rollout_cli, "_gate", lambda *_: None)
    return seen


def failing(_editor):
    raise OpsError("the account is out of reach")


def interrupted(_editor):
    raise KeyboardInterrupt


def test_a_step_stays_when_it_was_taken(editor, monkeypatch):
    seen = brought_up(monkeypatch, lambda _: None)
    rollout_cli.rollout("staging", "chittyconnect", to="0.25")

    assert seen == [TEXT.replace("0.10", "0.25")]
    assert file_of(editor).read_text() == TEXT.replace("0.10", "0.25")


@pytest.mark.parametrize(("end", "error"), [(failing, OpsError), (interrupted, KeyboardInterrupt)])
def test_a_step_that_was_not_taken_leaves_the_file_as_it_was(editor, monkeypatch, end, error):
    seen = brought_up(monkeypatch, end)
    with pytest.raises(error):
        rollout_cli.rollout("staging", "chittyconnect", to="0.25")

    assert "0.25" in seen[0]
    assert file_of(editor).read_text() == TEXT


def test_what_somebody_else_wrote_meanwhile_is_not_lost(editor, monkeypatch):
    def changed(_editor):
        file_of(editor).write_text(file_of(editor).read_text() + "# mine\n")
        raise OpsError("the account is out of reach")

    brought_up(monkeypatch, changed)
    with pytest.raises(OpsError):
        rollout_cli.rollout("staging", "chittyconnect", to="0.25")

    assert file_of(editor).read_text() == TEXT.replace("0.10", "0.25") + "# mine\n"


def test_a_configuration_that_is_refused_never_runs(editor, monkeypatch):
    def refuse(_layout, _target: Target):
        raise RefusedError("too soon")

    monkeypatch.setattr(effective_config, "check", refuse)
    seen = brought_up(monkeypatch, failing)
    with pytest.raises(RefusedError):
        rollout_cli.rollout("staging", "chittyconnect", to="0.25")

    assert seen == []
    assert file_of(editor).read_text() == TEXT


def rolling_back(editor, monkeypatch, ends):
    """Let `rollback` change the file of *editor*, and its `up` end by the error *ends*."""

    def fail(*_, **__):
        raise ends

    monkeypatch.setattr(rollback_cli, "Paths", lambda: editor.paths)
    monkeypatch.setattr(rollback_cli, "open_editor", lambda *_: editor)
    monkeypatch.setattr(rollback_cli, "open_session", lambda *_: None)
    monkeypatch.setattr(release_store, "newest", lambda _: None)
    monkeypatch.setattr(rollback_cli, "bring_up", fail)


def test_a_rollback_stands_in_the_file_even_when_it_could_not_be_brought_up(editor, monkeypatch):
    rolling_back(editor, monkeypatch, OpsError("the account is out of reach"))
    with pytest.raises(OpsError, match=r"Pulumi\.staging\.yaml keeps the rollback; mend that"):
        rollback_cli.rollback("staging", "chittyconnect.durable-objects", yes=True)

    assert "percentage: 0.00" in file_of(editor).read_text()


def test_a_rollback_that_nobody_agreed_to_is_in_no_file(editor, monkeypatch):
    rolling_back(editor, monkeypatch, DeclinedError("interrupted; nothing was changed"))
    with pytest.raises(DeclinedError, match=r"^interrupted; nothing was changed$"):
        rollback_cli.rollback("staging", "chittyconnect.durable-objects", yes=True)

    assert file_of(editor).read_text() == TEXT


def test_ctrl_c_before_anything_was_changed_leaves_no_rollback_in_the_file(editor, monkeypatch):
    """As during the preview: the engine is asked to end, and nothing was brought up."""
    rolling_back(editor, monkeypatch, Interrupted("interrupted"))
    with pytest.raises(Interrupted, match=r"^interrupted$"):
        rollback_cli.rollback("staging", "chittyconnect.durable-objects", yes=True)

    assert file_of(editor).read_text() == TEXT
    assert [path.name for path in file_of(editor).parent.iterdir()] == ["Pulumi.staging.yaml"]


def test_ctrl_c_while_it_is_brought_up_says_that_the_file_keeps_the_rollback(editor, monkeypatch):
    rolling_back(editor, monkeypatch, Halfway())
    with pytest.raises(Halfway, match=r"^interrupted\nPulumi\.staging\.yaml keeps the rollback"):
        rollback_cli.rollback("staging", "chittyconnect.durable-objects", yes=True)

    assert "percentage: 0.00" in file_of(editor).read_text()


def test_ctrl_c_while_the_file_is_written_leaves_it_as_it_was(editor, monkeypatch):
    known = vars(config_editor)["replace"]

    def replace(path, content):
        known(path, content)
        if content != TEXT.encode():
            raise Interrupted

    monkeypatch.setattr(config_editor, "replace", replace)
    brought_up(monkeypatch, lambda _: None)
    with pytest.raises(Interrupted):
        rollout_cli.rollout("staging", "chittyconnect", to="0.25")

    assert file_of(editor).read_text() == TEXT


def test_a_kill_between_two_values_leaves_nothing_of_the_step(editor, monkeypatch):
    known, seen = vars(config_editor)["pulumi"], []

    def engine(*given, **named):
        known(*given, **named)
        seen.append(file_of(editor).read_text())

    monkeypatch.setattr(config_editor, "pulumi", engine)
    file_of(editor).chmod(0o640)

    editor.set_values({"chittyconnect:rollout.percentage": "0.25", "chittyconnect:rollout.x": "1"})

    assert seen == [TEXT, TEXT]
    assert file_of(editor).read_text() == TEXT.replace("0.10", "0.25")
    assert file_of(editor).stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file_of(editor).parent.iterdir()] == ["Pulumi.staging.yaml"]


def test_a_time_that_looks_like_a_secret_to_the_engine_is_set_all_the_same(editor, monkeypatch):
    """It goes by the name of the key and by how much the text says: some times it refuses."""
    asked = []
    monkeypatch.setattr(config_editor, "pulumi", lambda _, arguments, **__: asked.append(arguments))
    editor.set_values({"a:service_token.previous_until": "2026-12-01T00:29:03+00:00"})

    assert "--plaintext" in asked[0]
    assert asked[0][-2:] == ["a:service_token.previous_until", "2026-12-01T00:29:03+00:00"]
