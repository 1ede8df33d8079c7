"""What is noted of a move of a state, so that one that was killed goes on, or back."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from common.files import write_private
from ops.errors import OpsError


@dataclass(frozen=True)
class Journal:
    """A move that was begun. No secret is in it but encrypted ones."""

    source: str
    target: str
    provider: str

    configuration: str
    """The file of the stack as it was before: the engine writes encrypted values into it anew."""

    compared: bool = False
    """Whether the copy was found equal; it is compared once more when the move goes on."""


def read(path: Path) -> Journal | None:
    """Read the journal at *path*; `None` where nothing was begun."""
    try:
        return Journal(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise OpsError(
            f"{path} cannot be read, so nobody knows how far a move was; see where the state is "
            f"by python -m ops state versions {path.stem}, then delete that file"
        ) from error


def write(path: Path, journal: Journal) -> None:
    """Write *journal*, for its owner only."""
    write_private(path, json.dumps(asdict(journal)))
