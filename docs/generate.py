"""Write every document that is made from code: `make docs`."""

import sys
from pathlib import Path

from config.generated import json_schema, reference
from systems.registry import SYSTEMS


def documents() -> dict[Path, str]:
    """Return every generated file with the text that it has to have."""
    return {
        json_schema.PATH: json_schema.render(SYSTEMS),
        reference.PATH: reference.render(SYSTEMS),
    }


def main() -> None:
    """Write them; a test holds each equal to the code."""
    for path, text in documents().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.name} written\n")


if __name__ == "__main__":
    main()
