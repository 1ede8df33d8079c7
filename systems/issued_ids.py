"""Ids that a system gives to others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Issued:
    """Ids that a system gives to others, who have to ask for them, and write none into code."""

    what: str
    """One of them, for people: "id of …"."""

    instead: str
    """What to do instead of writing one into code, as a part of a sentence."""

    hard_coded: Callable[[str], Iterable[tuple[int, str]]]
    """Finds each of them in a text that is no example: its line, counted from 1, and the id."""
