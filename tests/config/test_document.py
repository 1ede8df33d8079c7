"""A file of values, as text: what cannot be read, or could be read in two ways."""

import pytest

from config import ConfigError, from_file
from config.reading.document import read_document
from config.reading.strict_yaml import DEEPEST, LONGEST_NUMBER

NEVER = "hunter-never-shown"


@pytest.fixture
def read(tmp_path):
    """Read what a file of these bytes holds."""
    path = tmp_path / "Pulumi.x.yaml"

    def _read(content):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_document(path, path.name)

    return _read


REFUSED = {
    "a key twice": ("a: 1\nb: 2\na: 3\n", "line 3: key 'a' stands here and on line 1; keep one"),
    "a key twice, deeper": ("a:\n  b: 1\n  b: 1\n", "line 3: key 'b' stands here and on line 2"),
    "a block twice": ("config:\n  a: 1\nconfig:\n  b: 1\n", "line 3: key 'config' stands here"),
    "a number as key": ("a: 1\n5: x\n", "line 2: '5' is no key: a key is text; put it in quotes"),
    "nothing as key": ("~: x\n", "line 1: '~' is no key"),
    "a switch as key": ("on: x\n", "line 1: 'on' is no key"),
    "a day as key": ("2026-13-45: x\n", "line 1: '2026-13-45' is no key"),
    "a list as key": ("[a]: x\n", "line 1: a list or a mapping is no key"),
    "a mapping as key": ("? {a: 1}\n: x\n", "line 1: a list or a mapping is no key"),
    "a merge": ("<<: {a: 1}\n", "line 1: '<<' is no key"),
    "an alias": (f"a: &{NEVER} x\nb: *{NEVER}\n", "line 2: an alias is not read here; write"),
    "a loop": (f"a: &{NEVER} [*{NEVER}]\n", "line 1: an alias is not read here"),
    "no alias": (f"a: *{NEVER}\n", "line 1: an alias is not read here"),
    "a tag": (f"a: !{NEVER} x\n", "line 1: a tag is not read here; remove it, or put"),
    "a tag of Python": ("a: !!python/name:os.system\n", "line 1: a tag is not read here"),
    "an unknown tag handle": (f"a: !{NEVER}!x y\n", r"tag handle \(not shown\)"),
    "deep lists": ("[" * 100_000, f"line 1: is nested more than {DEEPEST} levels deep"),
    "deep items": ("- " * 5_000 + "x", f"line 1: is nested more than {DEEPEST} levels deep"),
    "Latin-1": ("a: 1\nb: é\n".encode("latin-1"), "line 2: byte 0xe9 is no UTF-8; save the file"),
    "UTF-16": ("a: é\n".encode("utf-16"), "line 1: byte 0xff is no UTF-8; save the file as UTF-8"),
    "a zero": ("a: 1\nb: \0\n", "line 2: character 0x0000 is not allowed; remove it"),
    "a tab": ("a:\n\tb: 1\n", r"line 2: is not YAML: found character '\\t' that cannot start"),
    "an escape of nothing": ('a: "\\UFFFFFFFF"\n', "line 1: an escape names no character"),
    "half a character": ('a: "\\uD800"\n', "line 1: half a character"),
    "two documents": ("a: 1\n---\na: 2\n", "line 2: is not YAML: expected a single document"),
    "an open list": ("a: [1\n", r"line 2: is not YAML: expected ',' or '\]'"),
    "an open quote": (f'a: "{NEVER}\n', "is not YAML: found unexpected end of stream; correct it"),
}


@pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_said_with_its_line_and_without_its_value(read, content, said):
    with pytest.raises(ConfigError, match=f"^Pulumi.x.yaml: .*{said}") as raised:
        read(content)

    assert "\n" not in str(raised.value)
    assert NEVER not in str(raised.value)


KEPT = {
    "nothing": ("", None),
    "a byte order mark": ("\ufeffa: 1\n", {"a": 1}),
    "a day that no calendar has": ("a: 2026-13-45\n", {"a": "2026-13-45"}),
    "hours and minutes": ("a: [1:30, 1:30.5]\n", {"a": ["1:30", "1:30.5"]}),
    "a number too long": (f"a: {'9' * 5_000}\n", {"a": "9" * 5_000}),
    "a hexadecimal number too long": (f"a: 0x{'f' * 5_000}\n", {"a": f"0x{'f' * 5_000}"}),
    "no number": ("a: [0b_, 0x_]\n", {"a": ["0b_", "0x_"]}),
    "numbers": ("a: [10000, 10_000, 0.10, -1]\n", {"a": [10_000, 10_000, 0.1, -1]}),
    "switches": ("a: [true, no]\n", {"a": [True, False]}),
    "a key in quotes": ('"5": x\n', {"5": "x"}),
    "one key in two places": ("a: {x: 1}\nb: {x: 1}\n", {"a": {"x": 1}, "b": {"x": 1}}),
    "JSON": ('{"a": [{"b": null}]}', {"a": [{"b": None}]}),
}


@pytest.mark.parametrize(("content", "value"), KEPT.values(), ids=KEPT)
def test_what_is_meant_in_one_way_is_read(read, content, value):
    assert read(content) == value


def test_a_number_may_be_as_long_as_any_that_is_needed(read):
    assert read(f"a: {'9' * LONGEST_NUMBER}\n") == {"a": int("9" * LONGEST_NUMBER)}


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\); make it a file"):
        read_document(tmp_path, "Pulumi.x.yaml")


def test_what_stands_beside_the_configuration_is_refused(tmp_path):
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text("confg: {}\nunknown: 1\nconfig: {}\nencryptionsalt: v1:x\n")

    with pytest.raises(ConfigError) as raised:
        from_file(path)

    assert [(problem.path, problem.text[:42]) for problem in raised.value.problems] == [
        ("confg", "is not known; did you mean config? known h"),
        ("unknown", "is not known; known here: config, encrypte"),
    ]


def test_a_file_that_is_read_again_is_as_it_is_now_whatever_was_done_to_the_first(tmp_path):
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text("config: {a: [1]}")
    first = read_document(path, path.name)
    first["config"]["a"].append(2)

    assert read_document(path, path.name) == {"config": {"a": [1]}}
    path.write_text("config: {a: [3]}")
    assert read_document(path, path.name) == {"config": {"a": [3]}}
