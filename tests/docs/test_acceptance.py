"""Every point of the checklists of the sources is shown by what there is (FW-7)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from common.errors import SentenceError
from components.bundle import ROOT
from docs import acceptance
from systems.chittyconnect.operations import ROLLBACKS
from systems.chittyid.operations import SMOKE

TESTS = ROOT / "tests"
NAMED = re.compile(r"\b(?:[A-Z]{2}|R2)-[A-Z]?\d+\b")
NUMBERED = re.compile(r"\btest_(do|r2)_(\d\d)_")
REQUIREMENT = re.compile(r"(?:FW|PA)-\d+$")
"""A point that is a requirement: far more tests say it than its checklist names."""

COUNTED = {
    "FW-": 12,  # for the 55 of the Workplan
    "PA-": 18,  # for the 34 of Project Awareness
    "DO-": 10,
    "R2-": 11,
    "OP-C": 12,
    "CC-B": 3,
    "ID-V": 9,
    "SI-A": 19,
    "SI-P": 6,
}
"""How many points a source has, by how they begin; of FW and PA, how many requirements."""

HEAD = {"source": "A system (a source)", "counted": "The source has one point."}
RIGHT = {"what": "It holds.", "commands": ["verify STACK"]}


Pairs = set[tuple[str, str]]
"""Points, each with a test."""


@pytest.fixture(scope="module")
def points() -> dict[str, acceptance.Point]:
    """Return every point of the project by its name."""
    found = acceptance.checklists()
    return {name: point for each in found for name, point in each.points.items()}


@pytest.fixture(scope="module")
def shown(points: dict[str, acceptance.Point]) -> Pairs:
    """Return the tests that points name."""
    return {(name, test) for name, point in points.items() for test in point.tests}


@pytest.fixture(scope="module")
def said() -> Pairs:
    """Return the points that tests say."""
    return {pair for path in sorted(TESTS.rglob("test_*.py")) for pair in said_in(path)}


def said_in(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the points that a test of *path* says, by its docstring or its name, with the test."""
    content = path.read_text(encoding="utf-8")
    if not NAMED.search(content) and not NUMBERED.search(content):
        return  # most say none, and need not be parsed
    for name, text in acceptance.docstrings(path).items():
        numbered = NUMBERED.sub(r"\1-\2 ", name).upper()
        for point in {*NAMED.findall(text), *NAMED.findall(numbered)}:
            yield point, f"{path.relative_to(TESTS).as_posix()}::{name}"


def test_every_source_is_there_with_all_of_its_points(points):
    for begin, count in COUNTED.items():
        numbers = [name.removeprefix(begin) for name in points if name.startswith(begin)]
        assert [int(number) for number in numbers if number.isdecimal()] == [*range(1, count + 1)]


def of_file(test: str) -> set[str]:
    """Return the requirements that the file of *test* says that it shows."""
    tree = ast.parse((TESTS / test.partition("::")[0]).read_text(encoding="utf-8"))
    found = NAMED.findall(ast.get_docstring(tree) or "")
    return {point for point in found if REQUIREMENT.match(point)}


def test_a_test_that_is_named_says_the_point(shown, said):
    silent = shown - said

    assert {(point, test) for point, test in silent if point not in of_file(test)} == set()


def test_a_test_that_says_a_point_is_named_by_it(points, shown, said):
    known = {pair for pair in said if pair[0] in points and not REQUIREMENT.match(pair[0])}

    assert known - shown == set()


def test_the_points_of_chittyid_are_the_requests_that_verify_sends():
    assert len(SMOKE) == COUNTED["ID-V"]


def test_every_way_back_of_chittyconnect_is_a_point(points):
    commands = [points[f"CC-B{number}"].commands for number in range(1, 4)]

    assert commands == [(f"rollback STACK chittyconnect.{way}",) for way in ROLLBACKS]


def test_the_page_has_every_point_with_all_that_shows_it(points):
    page = acceptance.page()
    rows = {row.split(" | ")[0].strip("| `"): row for row in page.splitlines() if " | " in row}

    for name, point in points.items():
        for each in (*(test.partition("::")[2] for test in point.tests), *point.commands):
            assert each in rows[name]
        assert all(proof in rows[name] for proof in point.proofs)


def test_the_checklist_of_the_example_is_one():
    found = acceptance.read(TESTS / "systems" / "tiny" / acceptance.NAME)

    assert list(found.points)


@pytest.fixture
def written(tmp_path):
    """Write a checklist that is right but for the values of one point, and return its file."""

    def write(**point):
        path = tmp_path / acceptance.NAME
        path.write_text(yaml.safe_dump({**HEAD, "points": {"AB-1": {**RIGHT, **point}}}))
        return path

    return write


@pytest.mark.parametrize(
    "command", ["verify", "rollout development tiny --to 0.50", "token issue development"]
)
def test_a_command_is_named_with_or_without_its_arguments(written, command):
    assert acceptance.read(written(commands=[command])).points["AB-1"].commands == (command,)


def test_a_point_that_nothing_shows_is_refused(written):
    with pytest.raises(
        SentenceError,
        match=r"acceptance\.yaml: points\.AB-1: nothing shows it; name one of tests, commands, ",
    ):
        acceptance.read(written(commands=[]))


@pytest.mark.parametrize(
    ("point", "fault"),
    [
        ({"tests": ["docs/test_acceptance.py::test_of_none"]}, "tests: .*test_of_none is no test"),
        ({"tests": ["docs/test_nowhere.py::test_a"]}, "tests: docs/test_nowhere.py::test_a is no"),
        ({"tests": ["docs/test_acceptance.py"]}, "tests: docs/test_acceptance.py is no test below"),
        ({"tests": ["docs/test_acceptance.py::written"]}, "tests: .*::written is no test"),
        ({"commands": ["verfiy STACK"]}, "commands: `verfiy STACK` is none; .* shows them all"),
        ({"commands": ["token"]}, "commands: `token` is none"),
        ({"commands": ["token make"]}, "commands: `token make` is none"),
        ({"proofs": ["docs/nowhere.md"]}, "proofs: docs/nowhere.md is no file"),
        ({"proofs": ["docs"]}, "proofs: docs is no file; name one from the root"),
        ({"what": "no sentence"}, "what: .*'no sentence'"),
        ({"by_hand": ["x"]}, "by_hand: extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_with_a_point_is_said_at_its_place(written, point, fault):
    with pytest.raises(SentenceError, match=rf"acceptance\.yaml: points\.AB-1\.{fault}"):
        acceptance.read(written(**point))


@pytest.mark.parametrize(
    ("text", "fault"),
    [("", "the file: "), ("[1]", "the file: "), ("a: [", "this is no YAML"), ("{}", "source: ")],
)
def test_what_is_no_checklist_is_one_sentence(tmp_path, text, fault):
    (tmp_path / acceptance.NAME).write_text(text)

    with pytest.raises(SentenceError, match=rf"acceptance\.yaml: {fault}"):
        acceptance.read(tmp_path / acceptance.NAME)


def test_a_system_without_a_checklist_is_refused(tmp_path, written):
    written()
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "system.py").touch()

    with pytest.raises(SentenceError, match=r"tiny/acceptance\.yaml: there is none; write what"):
        acceptance.checklists(tmp_path)


def test_two_points_of_one_name_are_refused(tmp_path, written):
    text = written().read_text()
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "system.py").touch()
    (tmp_path / "tiny" / acceptance.NAME).write_text(text)

    with pytest.raises(SentenceError, match="two points have the name AB-1; give one another"):
        acceptance.checklists(tmp_path)
