"""The file of a configuration, read as text: every fault is said with its line."""

import re
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from config.reading.problems import ConfigError, Problem
from config.reading.strict_yaml import Loader, StrictError

LONGEST_SIGN = 4
"""Characters of a quotation in a message of the parser that cannot be a word of the file."""

_QUOTED = re.compile(r"'([^']*)'")


def read_document(path: Path, name: str, whole: str = "config") -> Any:
    """Read the one document of the YAML file at *path*; an empty file is `None`.

    Raises `ConfigError`, which calls the file *name* and all of it *whole*, for what is no UTF-8
    or no YAML, and for what YAML allows and a configuration does not (see `strict_yaml`). No
    message holds a value.
    """
    try:
        return deepcopy(_parse(_decode(path.read_bytes(), name), name))
    except FileNotFoundError:
        raise ConfigError([Problem(name, whole, "the file does not exist")]) from None
    except OSError as error:
        text = f"cannot be read ({error.strerror}); make it a file that you may read"
        raise ConfigError([Problem(name, whole, text)]) from None


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start)
        said = f"byte {content[error.start]:#04x} is no UTF-8; save the file as UTF-8"
        raise _at(line, said, name) from None


@lru_cache(maxsize=64)
def _parse(text: str, name: str) -> Any:
    """Parse *text*, once for each: a command reads the files of all stacks several times."""
    try:
        return _load(Loader(text))
    except yaml.reader.ReaderError as error:
        said = f"character {error.character:#06x} is not allowed; remove it"
        raise _at(text.count("\n", 0, error.position), said, name) from None
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        raise _at(mark.line if mark else 0, _said(error), name) from None


def _load(loader: Loader) -> Any:
    try:
        return loader.get_single_data()
    except (ValueError, OverflowError):
        said = "an escape names no character; correct it, or use single quotes"
        raise StrictError(said, loader.get_mark()) from None
    finally:
        loader.dispose()


def _said(error: yaml.MarkedYAMLError) -> str:
    text = error.problem or "cannot be read"
    if isinstance(error, StrictError):
        return text
    if text.startswith("but "):
        text = f"{error.context}, {text}"
    return f"is not YAML: {_QUOTED.sub(_harmless, text)}; correct it"


def _harmless(quoted: re.Match[str]) -> str:
    """Keep what the parser calls things, and signs; leave out words of the file."""
    kept = quoted[1].startswith("<") or len(quoted[1]) <= LONGEST_SIGN
    return quoted[0] if kept else "(not shown)"


def _at(line: int, said: str, name: str) -> ConfigError:
    return ConfigError([Problem(name, f"line {line + 1}", said)])
