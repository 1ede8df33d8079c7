"""Write what is made from the models, the schema and the reference: `python -m config.generate`."""

import sys

from config import json_schema, reference


def main() -> None:
    """Write both files; a test holds them equal to the models."""
    for path, text in (
        (json_schema.PATH, json_schema.render()),
        (reference.PATH, reference.render()),
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.name} written\n")


if __name__ == "__main__":
    main()
