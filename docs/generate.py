"""Writes every file that is made from code: `make docs`. A test holds each equal to its code."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from common.errors import SentenceError
from config.generated import json_schema, reference
from docs import acceptance, command_reference, incidents
from local.api import coverage_table as emulated
from planning import plan_table
from policies import generate as policies
from policies.pack.enforcement import LevelsError
from provider.cloudflare import coverage_table as cloudflare
from provider.docker import coverage_table as docker
from systems.registry import SYSTEMS

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs"
BEGIN, END = "<!-- begin of the table -->\n", "<!-- end of the table -->"
REFERENCES = "systems/references.mjs"
SECONDS = 120
TINY = ROOT / "tests" / "systems" / "tiny"
SHOWN = re.compile(
    r"(^`systems/tiny/([\w/.]+)`:\n\n```\w+\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL
)
"""A file of the example system, as the how-to shows it: its name, then all of it."""


def generated() -> dict[Path, str]:
    """Return every file that is made from code, with the content that it has to have.

    Raises `LevelsError` where the settings of the policies do not fit their rules, `SentenceError`
    where the reference of an API cannot be made or a point of a checklist has nothing to show it.
    """
    return {
        **policies.generated(),
        **dict(_configuration()),
        **dict(_tables()),
        **dict(_how_to()),
        **_apis(),
    }


def _configuration() -> Iterator[tuple[Path, str]]:
    yield json_schema.PATH, json_schema.render(SYSTEMS)
    yield reference.PATH, reference.render(SYSTEMS)
    yield command_reference.PATH, command_reference.render()
    yield incidents.PATH, incidents.render(incidents.incidents(), incidents.of_the_tests())


@cache
def _apis() -> dict[Path, str]:
    """Return the references of the workers' APIs, which are made of their routes and schemas."""
    command = ("node", REFERENCES)
    made = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    if made.returncode != 0:
        reason = re.search(r"^\w*Error.*", made.stderr, re.MULTILINE)
        raise SentenceError(f"{REFERENCES}: {reason[0] if reason else 'it ended without a word'}")
    files: dict[str, str] = json.loads(made.stdout)
    return {PAGES / "api" / name: content for name, content in files.items()}


def _tables() -> Iterator[tuple[Path, str]]:
    """Yield the pages that hold a table between words that somebody wrote."""
    yield _with_table(PAGES / "acceptance.md", acceptance.page())
    yield _with_table(PAGES / "local-cloudflare.md", emulated.page(emulated.FAMILIES))
    yield _with_table(PAGES / "plans.md", plan_table.page())
    yield _with_table(PAGES / "stand-in-plugin.md", cloudflare.table())
    yield _with_table(PAGES / "stand-in-docker-plugin.md", docker.table())


def _with_table(page: Path, table: str) -> tuple[Path, str]:
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    return page, f"{before}{BEGIN}{table}{END}{rest.partition(END)[2]}"


def _how_to() -> Iterator[tuple[Path, str]]:
    page = PAGES / "how-to.md"
    yield page, SHOWN.sub(_file, page.read_text(encoding="utf-8"))


def _file(shown: re.Match[str]) -> str:
    return shown[1] + (TINY / shown[2]).read_text(encoding="utf-8") + shown[4]


def main() -> None:
    """Write the files whose content changed, and say which."""
    try:
        files = generated()
    except (LevelsError, SentenceError) as error:
        sys.exit(f"error: {error}; nothing was written")
    for path, content in files.items():
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
