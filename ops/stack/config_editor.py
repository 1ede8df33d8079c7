"""Edits of a configuration by the engine, which encrypts, and keeps comments and order."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common.files import replace
from ops.engine.process import pulumi
from ops.paths import Paths
from ops.stack import command_lock, effective_config
from ops.stack.environment import environment_for
from ops.stack.rollout import Values
from ops.stack.target import Target, read_target
from ops.terminal import console
from toolchain import engine


@dataclass(frozen=True)
class Editor:
    """A stack whose configuration can be changed; needs an engine and no plugin."""

    paths: Paths
    target: Target
    engine: Path

    def read_secret(self, key: str) -> str | None:
        """Decrypt the value of *key*; `None` when it is not set."""
        return effective_config.read_secret(self.paths, self.target, self.engine, key)

    def set_secret(self, key: str, value: str) -> None:
        """Encrypt *value* as *key*."""
        effective_config.set_secret(self.paths, self.target, self.engine, key, value)

    def set_values(self, values: Values) -> None:
        """Set *values* in the tracked file.

        The new configuration is checked as a whole; a file that would not pass stays as it was, and
        one that does is replaced at once: no kill leaves half of *values* in it.
        """
        path = self.paths.tracked(self.target.name)
        with tempfile.TemporaryDirectory(prefix="edit-") as folder:
            draft = Path(folder) / path.name
            shutil.copy(path, draft)
            for key, value in values.items():
                pulumi(self.engine, self._arguments(draft, key, value), cwd=self.paths.root)
            effective_config.check(self.paths, read_target(self.paths, self.target.name, draft))
            replace(path, draft.read_bytes())

    @contextmanager
    def trying(
        self, values: Values, *, stays_at: tuple[type[BaseException], ...] = ()
    ) -> Iterator[None]:
        """Set *values* as `set_values` does, and take them back when what follows fails.

        *stays_at*: by what it may fail, and they stay. Default: by nothing.
        """
        path = self.paths.tracked(self.target.name)
        before = path.read_bytes()
        written = None
        try:
            self.set_values(values)
            written = path.read_bytes()
            yield
        except BaseException as error:
            now = path.read_bytes()
            if now != before and not isinstance(error, stays_at):
                console.errors.print(take_back(path, before, written or now))
            raise

    def _arguments(self, draft: Path, key: str, value: str | None) -> list[str]:
        where = ["--config-file", str(draft), "--stack", self.target.name, "--path", key]
        if value is None:
            return ["config", "rm", *where]
        # Else the engine takes some values of keys that are called `token` for secrets in clear.
        return ["config", "set", "--plaintext", *where, value]


def take_back(path: Path, before: bytes, written: bytes) -> str:
    """Put *before* in the place of what a step has *written* to *path*, and say what was done."""
    if path.read_bytes() != written:
        return f"{path.name} was changed by somebody else meanwhile and keeps the step; look at it"
    replace(path, before)
    return f"{path.name} is as it was before the step; the next up goes by that"


def open_editor(paths: Paths, stack: str) -> Editor:
    """Make the configuration of *stack* ready to be changed."""
    read_target(paths, stack)  # what cannot be edited is not kept waiting
    command_lock.take(paths)
    target = read_target(paths, stack)
    found = engine.ensure(engine.Places(paths.root))
    environment_for(paths, target, None).apply()
    effective_config.ensure_stack(paths, target, found.path)
    return Editor(paths, target, found.path)
