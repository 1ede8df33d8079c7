"""What is wrong with a configuration, one sentence each, and never a secret in any."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from common.credential_values import is_repeatable
from planning.refusals import RefusedError

LONGEST_VALUE = 80
"""Characters of a wrong value that a message repeats; the rest is left out."""

NOT_SHOWN = "the value (not shown)"

LONGEST_PATH = 200
"""Characters of a path that a message repeats; those of the models are shorter."""


@dataclass(frozen=True)
class Problem:
    """One mistake: the file, the path in it (`chittyos:zones[0].id`), and what to do about it."""

    file: str
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {plain(self.path)}: {self.text}"


class ConfigError(RefusedError):
    """A configuration with mistakes: every one of them, a line each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def join_path(namespace: str, location: Sequence[str | int]) -> str:
    """Write a location as Pulumi does: `chittyos:zones[0].id`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return f"{namespace}:{path.removeprefix('.')}"


def set_command(paths: Sequence[str], stack: str, file: str) -> str:
    """Return what to do to set *paths*, single values of *stack*, in its *file*."""
    keys = [f"'{path}=<value>'" if len(paths) > 1 else _key(path) for path in paths]
    what = f"set {keys[0]} <value>"
    if len(paths) > 1:
        what = f"set-all --path --plaintext {' --plaintext '.join(keys)}"
    return (
        f'write it there, or: eval "$(python -m ops env {stack})" && '
        f"pulumi config --config-file {file} --stack {stack} {what}"
    )


def set_secret_command(path: str, stack: str) -> str:
    """Return the command that sets the secret *path* (`chittyos:TOKEN`) of *stack*."""
    return f"python -m ops secret set {stack} {path.replace(':', '.')}"


def _key(path: str) -> str:
    return f"--path '{path}'" if "." in path or "[" in path else path


def show(value: object) -> str:
    """Repeat a wrong value, shortened; a day or a time as it is written.

    Not repeated is what may hold a credential: other values, user information, a query.
    """
    if isinstance(value, Mapping) and value:
        return "keys with values (not shown)"
    if isinstance(value, list | tuple) and value:
        return "a list (not shown)"
    if isinstance(value, str) and not is_repeatable(value):
        return NOT_SHOWN
    text = value.isoformat() if isinstance(value, date) else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def plain(path: str) -> str:
    """Write a path that somebody made up on one line of bounded length, without an address."""
    if not is_repeatable(path):
        return "a key (not shown)"
    text = path if path.isprintable() else repr(path)[1:-1]
    return text if len(text) <= LONGEST_PATH else f"{text[:LONGEST_PATH]}…"


def unknown(name: str, known: Iterable[str]) -> str:
    """Say that *name* is not known here, what is, and what it may have been meant to be."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"is not known; {hint}known here: {', '.join(names) or 'none'}; correct or remove it"
