"""The checklists of the sources as one table: each point, and what shows that it holds (FW-7)."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from common.errors import SentenceError
from ops.commands.app import app

ROOT = Path(__file__).resolve().parent.parent
SYSTEMS = ROOT / "systems"
NAME = "acceptance.yaml"
KINDS = ("tests", "commands", "proofs")

Sentence = Annotated[str, Field(pattern=r"\.$", min_length=2)]


class Point(BaseModel):
    """A point of a checklist, and what shows that it holds: at least one of the three."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: Sentence
    """What holds, in one sentence."""

    tests: tuple[str, ...] = ()
    """Tests that show it, `folder/file.py::function` below `tests/`. Default: none."""

    commands: tuple[str, ...] = ()
    """Commands that show it of a stack, as after `python -m ops`. Default: none."""

    proofs: tuple[str, ...] = ()
    """Files, from the root, that show by what they say what no machine shows. Default: none."""


class Checklist(BaseModel):
    """What a source wants of a system, or of the whole platform."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    """The system, and the name of the source."""

    counted: Sentence
    """How many points the source has, and what stands for them here."""

    points: dict[str, Point] = Field(min_length=1)


def read(path: Path) -> Checklist:
    """Return the checklist in *path*, which has to have all that its points name.

    Raises `SentenceError` where there is none, where something in it is not as it has to be, and
    where a point has nothing that shows it, or names a test, command or file that does not exist.
    """
    where = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = Checklist.model_validate(given)
    except FileNotFoundError:
        raise SentenceError(
            f"{where}: there is none; write what the system is accepted by (docs/how-to.md)"
        ) from None
    except yaml.YAMLError as error:
        raise SentenceError(f"{where}: this is no YAML ({_one_line(error)})") from None
    except ValidationError as error:
        raise SentenceError(f"{where}: {_first(error)}") from None
    for fault in _faults(found):
        raise SentenceError(f"{where}: {fault}")
    return found


def checklists(systems: Path = SYSTEMS) -> list[Checklist]:
    """Return the one of the whole platform, and that of every system by its name.

    *systems* is the folder of the systems: whatever has a `system.py` has to have a checklist.
    Raises `SentenceError` as `read` does, and where two of them give a point the same name.
    """
    folders = [systems, *sorted(each.parent for each in systems.glob("*/system.py"))]
    found = [read(folder / NAME) for folder in folders]
    names = [name for each in found for name in each.points]
    for name in names:
        if names.count(name) > 1:
            raise SentenceError(f"{NAME}: two points have the name {name}; give one another")
    return found


def page() -> str:
    """Give the table of every source, each below a heading of its own."""
    return "\n" + "\n".join(_section(each) for each in checklists())


def _section(checklist: Checklist) -> str:
    head = "| point | what | shown by |\n|---|---|---|"
    rows = [
        f"| `{name}` | {point.what} | {'<br>'.join(_shown(point))} |"
        for name, point in checklist.points.items()
    ]
    return "\n".join([f"## {checklist.source}\n", checklist.counted, "", head, *rows, ""])


def _shown(point: Point) -> Iterator[str]:
    for test in point.tests:
        file, _, name = test.partition("::")
        yield f"[`{name}`](../tests/{file})"
    for command in point.commands:
        yield f"`python -m ops {command}`"
    for proof in point.proofs:
        yield f"[{proof}](../{proof})"


def _faults(checklist: Checklist) -> Iterator[str]:
    for name, point in checklist.points.items():
        at = f"points.{name}"
        if not any(getattr(point, kind) for kind in KINDS):
            yield f"{at}: nothing shows it; name one of {', '.join(KINDS)}"
        for test in point.tests:
            if not _is_test(test):
                yield f"{at}.tests: {test} is no test below tests/; name one that is there"
        for command in point.commands:
            if not _is_command(command):
                yield f"{at}.commands: `{command}` is none; `python -m ops --help` shows them all"
        for proof in point.proofs:
            if not (ROOT / proof).is_file():
                yield f"{at}.proofs: {proof} is no file; name one from the root of the project"


def _is_test(test: str) -> bool:
    file, _, name = test.partition("::")
    return name.startswith("test_") and name in docstrings(ROOT / "tests" / file)


@cache
def docstrings(path: Path) -> Mapping[str, str]:
    """Return the docstring of every function in *path*, "" where it has none; no file has none."""
    if not path.is_file():
        return {}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = [each for each in ast.walk(tree) if isinstance(each, kinds)]
    return {each.name: ast.get_docstring(each) or "" for each in functions}


def _is_command(command: str) -> bool:
    at: Any = _commands()
    for word in command.split():
        if not hasattr(at, "commands"):
            return True  # what follows are its arguments
        at = at.commands.get(word)
        if at is None:
            return False
    return not hasattr(at, "commands")


@cache
def _commands() -> Any:
    return typer.main.get_command(app)


def _first(error: ValidationError) -> str:
    detail = error.errors(include_url=False)[0]
    place = ".".join(map(str, detail["loc"])) or "the file"
    return f"{place}: {detail['msg'].lower()}, not {detail['input']!r:.80}"


def _one_line(error: yaml.YAMLError) -> str:
    return " ".join(str(error).split())[:200]
