"""Edits of a configuration by the engine, which encrypts, and keeps comments and order."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops import settings, show, turn
from ops.engine import pulumi
from ops.environment import environment_for
from ops.layout import Layout
from ops.rollout import Values
from ops.target import Target, read_target
from toolchain import engine


@dataclass(frozen=True)
class Editor:
    """A stack whose configuration can be changed; needs an engine and no plugin."""

    layout: Layout
    target: Target
    engine: Path

    def read_secret(self, key: str) -> str | None:
        """Decrypt the value of *key*; `None` when it is not set."""
        return settings.read_secret(self.layout, self.target, self.engine, key)

    def set_secret(self, key: str, value: str) -> None:
        """Encrypt *value* as *key*."""
        settings.set_secret(self.layout, self.target, self.engine, key, value)

    def set_values(self, values: Values) -> None:
        """Set *values* in the tracked file.

        The new configuration is checked as a whole; a file that would not pass stays as it was, and
        one that does is replaced at once: no kill leaves half of *values* in it.
        """
        path = self.layout.tracked(self.target.name)
        with tempfile.TemporaryDirectory(prefix="edit-") as folder:
            draft = Path(folder) / path.name
            shutil.copy(path, draft)
            for key, value in values.items():
                pulumi(self.engine, self._arguments(draft, key, value), cwd=self.layout.root)
            settings.check(self.layout, read_target(self.layout, self.target.name, draft))
            _replace(path, draft.read_bytes())

    @contextmanager
    def trying(self, values: Values) -> Iterator[None]:
        """Set *values* as `set_values` does, and take them back when what follows fails."""
        path = self.layout.tracked(self.target.name)
        before = path.read_bytes()
        self.set_values(values)
        written = path.read_bytes()
        try:
            yield
        except BaseException:
            show.errors.print(_take_back(path, before, written))
            raise

    def _arguments(self, draft: Path, key: str, value: str | None) -> list[str]:
        where = ["--config-file", str(draft), "--stack", self.target.name, "--path", key]
        return ["config", "rm", *where] if value is None else ["config", "set", *where, value]


def _take_back(path: Path, before: bytes, written: bytes) -> str:
    if path.read_bytes() != written:
        return f"{path.name} was changed by somebody else meanwhile and keeps the step; look at it"
    _replace(path, before)
    return f"{path.name} is as it was before the step; the next up goes by that"


def _replace(path: Path, content: bytes) -> None:
    """Write *content* so that whoever reads *path* sees all of it or what was there before."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        shutil.copymode(path, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def open_editor(layout: Layout, stack: str) -> Editor:
    """Make the configuration of *stack* ready to be changed."""
    read_target(layout, stack)  # what cannot be edited is not kept waiting
    turn.take(layout)
    target = read_target(layout, stack)
    found = engine.ensure(engine.Places(layout.root))
    environment_for(layout, target, None).apply()
    settings.ensure_stack(layout, target, found.path)
    return Editor(layout, target, found.path)
