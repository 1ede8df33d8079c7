"""`docs/incidents.md`: what happened to others, and the tests that it does not happen here."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from common.errors import SentenceError

ROOT = Path(__file__).resolve().parent.parent
LISTED = ROOT / "docs" / "incidents.yaml"
PATH = ROOT / "docs" / "incidents.md"
TESTS = ROOT / "tests"
CASES = ("tests/policies/cases/*.py", "workers/**/*.test.ts", "systems/**/*.test.ts")
"""Files whose comments say the incident of a case: their tests have no docstrings of their own."""

SAID = re.compile(r"\bincidents? (\d+)\b", re.IGNORECASE)
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
NAMED = re.compile(r"_incident_(\d+)_")

HEAD = """\
<!-- Made by `make docs` from docs/incidents.yaml and from what tests say; edit those. -->

# Incidents of others

What went wrong elsewhere, in public, and the tests by which it does not go wrong here. A test says
which incident it is of: in its docstring, in its name, or beside a case. `make docs` stops at an
incident of which no test says anything.

| incident | what happened | here | shown by |
|---|---|---|---|
"""


class Incident(BaseModel):
    """What happened somewhere, and what this project does instead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str
    """Where it is told: repository and number of the issue, or who wrote of it."""

    happened: str
    """What happened, in one sentence."""

    here: str
    """What happens here instead, in one sentence."""


_LIST = TypeAdapter(dict[int, Incident])


def incidents(path: Path = LISTED) -> dict[int, Incident]:
    """Return the incidents of *path* by their numbers; raises `SentenceError` for what is none."""
    try:
        return _LIST.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise SentenceError(f"{path.name}: {' '.join(str(error).split())[:300]}") from None


def render(listed: Mapping[int, Incident], said: Mapping[int, list[str]]) -> str:
    """Return the page of the incidents *listed*, with the tests that have *said* their numbers.

    Raises `SentenceError` where no test says one, and where one says a number that is not listed.
    """
    if silent := sorted(set(listed) - set(said)):
        raise SentenceError(f"no test says incident {silent[0]}: say it where one shows it")
    if unknown := sorted(set(said) - set(listed)):
        number, where = unknown[0], said[unknown[0]][0]
        raise SentenceError(f"{where}: incident {number} is not in {LISTED.name}; add it there")
    return HEAD + "".join(_row(number, each, said[number]) for number, each in listed.items())


@cache
def of_the_tests() -> Mapping[int, list[str]]:
    """Return the tests that say an incident by its number, `file` or `file::function` each."""
    found: dict[int, list[str]] = defaultdict(list)
    for number, where in (*_of_functions(), *_of_cases()):
        if where not in found[number]:
            found[number].append(where)
    return found


def _of_functions() -> Iterator[tuple[int, str]]:
    for path in sorted(TESTS.rglob("test_*.py")):
        text, where = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        if "ncident" not in text:
            continue  # most say none, and need not be parsed
        tree = ast.parse(text)
        yield from ((number, where) for number in _numbers(ast.get_docstring(tree)))
        for each in ast.walk(tree):
            if isinstance(each, FUNCTION) and each.name.startswith("test_"):
                named = map(int, NAMED.findall(each.name))
                for number in (*named, *_numbers(ast.get_docstring(each))):
                    yield number, f"{where}::{each.name}"


def _of_cases() -> Iterator[tuple[int, str]]:
    for path in sorted(found for pattern in CASES for found in ROOT.glob(pattern)):
        for number in _numbers(path.read_text(encoding="utf-8")):
            yield number, path.relative_to(ROOT).as_posix()


def _numbers(text: str | None) -> Iterator[int]:
    return map(int, SAID.findall(text or ""))


def _row(number: int, incident: Incident, tests: list[str]) -> str:
    shown = "<br>".join(_link(each) for each in tests)
    return f"| `{number}` {incident.at} | {incident.happened} | {incident.here} | {shown} |\n"


def _link(test: str) -> str:
    file, _, name = test.partition("::")
    return f"[`{name or Path(file).name}`](../{file})"
