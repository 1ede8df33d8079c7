"""Write every document that is made from code: `make docs`."""

import re
import sys
from pathlib import Path

from config.generated import json_schema, reference
from systems.registry import SYSTEMS

ROOT = Path(__file__).resolve().parent.parent
HOW_TO = ROOT / "docs" / "how-to.md"
TINY = ROOT / "tests" / "systems" / "tiny"
SHOWN = re.compile(
    r"(^`systems/tiny/([\w/.]+)`:\n\n```\w+\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL
)
"""A file of the example system, as the how-to shows it: its name, then all of it."""


def documents() -> dict[Path, str]:
    """Return every generated file with the text that it has to have."""
    return {
        HOW_TO: SHOWN.sub(_file, HOW_TO.read_text(encoding="utf-8")),
        json_schema.PATH: json_schema.render(SYSTEMS),
        reference.PATH: reference.render(SYSTEMS),
    }


def _file(shown: re.Match[str]) -> str:
    return shown[1] + (TINY / shown[2]).read_text(encoding="utf-8") + shown[4]


def main() -> None:
    """Write them; a test holds each equal to the code."""
    for path, text in documents().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.name} written\n")


if __name__ == "__main__":
    main()
