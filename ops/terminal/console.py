"""Where commands print: results to standard output, errors and repairs beside them."""

import sys

from rich.console import Console
from rich.markup import escape

NARROWEST = 140
"""Columns that a table may take at least: an address is never cut, it rather wraps."""

out = Console(highlight=False, soft_wrap=True, emoji=False)
out.width = max(out.width, NARROWEST)
errors = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def can_ask() -> bool:
    """Return whether somebody sits there who can answer a question."""
    return sys.stdin is not None and sys.stdin.isatty()


def fail(message: str) -> None:
    """Print an error."""
    errors.print(f"[red]error:[/red] {escape(message)}")


def repaired(sentences: list[str]) -> None:
    """Print what was repaired before a run, a line each."""
    for sentence in sentences:
        out.print(f"repaired: {escape(sentence)}")
