"""The declared history of a worker's Durable Objects, one file for all stacks."""

from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from common.credentials import is_placeholder, is_weak
from config.fields import ClassName, MigrationTag, Settings
from config.reading.blocks import explain
from config.reading.document import read_document
from config.reading.problems import ConfigError, Problem
from planning.durable_objects import Step, check_history
from planning.refusals import RefusedError

ROOT = Path(__file__).resolve().parent.parent


class Rename(Settings):
    """A class that gets another name; its objects keep their data."""

    old: ClassName
    """Name so far."""

    new: ClassName
    """Name from now on."""


class HistoryStep(Settings):
    """One change of the classes. Steps are appended, never edited."""

    tag: MigrationTag
    """Name of the step; the account remembers the last one applied."""

    new_sqlite_classes: tuple[ClassName, ...] = ()
    """Classes that begin here. Default: none."""

    renamed_classes: tuple[Rename, ...] = ()
    """Classes that get another name. Default: none."""

    deleted_classes: tuple[ClassName, ...] = ()
    """Classes that end here, with everything their objects hold. Default: none."""

    approved_by: str = Field(default="", max_length=200)
    """Who approved the deletions. Default: nobody, which allows none."""

    digest: str = ""
    """Seal of this step and all before it; a message says what it has to be."""

    def step(self) -> Step:
        """Say the same in the planner's words."""
        return Step(
            self.tag,
            self.digest,
            self.new_sqlite_classes,
            tuple((rename.old, rename.new) for rename in self.renamed_classes),
            self.deleted_classes,
            self.approved_by if _is_filled(self.approved_by) else "",
        )


def _is_filled(text: str) -> bool:
    return not (is_placeholder(text) or is_weak(text))


def load_history(path: Path) -> tuple[Step, ...]:
    """Read and check the history of a worker in the file *path*; a file without steps has none.

    Raises `ConfigError` with what is wrong.
    """
    return checked(path, read_steps(path))


def read_steps(path: Path) -> tuple[Step, ...]:
    """Read the steps in the file *path*, sealed or not; `ConfigError` for what is no step."""
    file = _shown(path)
    return _validated(read_document(path, file, "steps") or [], file)


def checked(path: Path, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return *steps*, the history in the file *path*; `ConfigError` with all that is wrong."""
    try:
        check_history(steps)
    except RefusedError as error:
        faults = str(error).splitlines()
        raise ConfigError(Problem(_shown(path), "steps", fault) for fault in faults) from None
    return steps


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def _validated(content: object, file: str) -> tuple[Step, ...]:
    try:
        found = TypeAdapter(tuple[HistoryStep, ...]).validate_python(content)
    except ValidationError as error:
        problems = [explain(HistoryStep, detail) for detail in error.errors()]
        raise ConfigError(Problem(file, path, text) for path, text in problems) from None
    return tuple(step.step() for step in found)
