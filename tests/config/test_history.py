"""The declared history of Durable Objects."""

import pytest

from config import ConfigError
from config.history import ROOT, load_history

HISTORIES = sorted(ROOT.glob("systems/*/workers/*/durable_objects.yaml"))
CONNECT = ROOT / "systems/chittyconnect/workers/connect/durable_objects.yaml"

FIRST = "- {tag: v1, new_sqlite_classes: [SessionStateDO], digest: 7ab3cf0f44257fa8}\n"


@pytest.fixture
def history(tmp_path):
    def write(text):
        path = tmp_path / "some.yaml"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.parent.name)
def test_every_tracked_history_is_in_order(path):
    assert load_history(path)


def test_chittyconnect_begins_with_its_session_class_in_sqlite():
    first = load_history(CONNECT)[0]

    assert (first.tag, first.new_sqlite_classes) == ("v1", ("SessionStateDO",))


def test_steps_are_read_with_renames_and_deletions(history):
    renamed = "- {tag: v2, renamed_classes: [{old: SessionStateDO, new: Session}], digest: D}\n"
    with pytest.raises(ConfigError, match="step v2 or one before it was edited") as raised:
        load_history(history(FIRST + renamed))
    digest = str(raised.value).split("its content makes ")[1][:16]

    steps = load_history(history(FIRST + renamed.replace(": D}", f": '{digest}'}}")))
    assert steps[1].renamed_classes == (("SessionStateDO", "Session"),)


def test_a_placeholder_approves_nothing(history):
    gone = "- {tag: v2, deleted_classes: [SessionStateDO], approved_by: TODO, digest: D}\n"
    with pytest.raises(ConfigError) as raised:
        load_history(history(FIRST + gone))
    digest = str(raised.value).split("its content makes ")[1][:16]

    with pytest.raises(ConfigError, match="name who approved it"):
        load_history(history(FIRST + gone.replace(": D}", f": '{digest}'}}")))


BROKEN = {
    "no YAML": ("- [", r"some\.yaml: line 1: is not YAML"),
    "a key twice": ("- tag: v1\n  tag: v2\n", r"some\.yaml: line 2: key 'tag' stands here and"),
    "no list": ("tag: v1", "a list"),
    "no tag": ("- {}", r"some\.yaml: \[0\]\.tag: must be set: Name of the step"),
    "a further key": ("- {tag: v1, new_classes: [A]}", r"\[0\]\.new_classes: is not known; did"),
    "a bad class": (
        "- {tag: v1, new_sqlite_classes: [1A]}",
        r"\[0\]\.new_sqlite_classes\[0\]: '1A'",
    ),
    "not sealed": ("- {tag: v1, new_sqlite_classes: [A]}", "is not sealed; run `python -m ops hi"),
}


@pytest.mark.parametrize(("text", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_history_is_said_with_its_file_and_path(history, text, said):
    with pytest.raises(ConfigError, match=said):
        load_history(history(text))


def test_a_missing_history_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"^none\.yaml: steps: the file does not"):
        load_history(tmp_path / "none.yaml")
