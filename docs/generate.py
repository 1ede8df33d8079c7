"""Writes every file that is made from code: `make docs`. A test holds each equal to its code."""

import sys
from collections.abc import Iterator
from pathlib import Path

from config import json_schema, reference
from local.api import support as emulated
from local.api.families import FAMILIES
from local.plugin import support as stand_in
from policies import generate as policies
from policies.pack.enforcement import LevelsError

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs"
BEGIN, END = "<!-- begin of the table -->\n", "<!-- end of the table -->"


def generated() -> dict[Path, str]:
    """Return every file that is made from code, with the content that it has to have.

    Raises `LevelsError` where the settings of the policies do not fit their rules.
    """
    return {**policies.generated(), **dict(_configuration()), **dict(_tables())}


def _configuration() -> Iterator[tuple[Path, str]]:
    yield json_schema.PATH, json_schema.render()
    yield reference.PATH, reference.render()


def _tables() -> Iterator[tuple[Path, str]]:
    """Yield the pages that hold a table between words that somebody wrote."""
    yield _with_table(PAGES / "local-cloudflare.md", emulated.page(FAMILIES))
    yield _with_table(PAGES / "stand-in-plugin.md", stand_in.table())


def _with_table(page: Path, table: str) -> tuple[Path, str]:
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    return page, f"{before}{BEGIN}{table}{END}{rest.partition(END)[2]}"


def main() -> None:
    """Write the files whose content changed, and say which."""
    try:
        files = generated()
    except LevelsError as error:
        sys.exit(f"error: {error}; nothing was written")
    for path, content in files.items():
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
