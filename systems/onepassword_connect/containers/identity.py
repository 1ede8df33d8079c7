"""What tells the containers of one machine's folder from those of any other on the same engine."""

import re
import secrets
from pathlib import Path

from common.files import PRIVATE_FOLDER, write_private
from planning.refusals import RefusedError

DIGITS = 12
FORM = re.compile(rf"[0-9a-f]{{{DIGITS}}}")

SUBNETS = 192
"""Upper three quarters of 10.213.0.0/16: machines of a configuration have the rest."""


def kept(file: Path) -> str:
    """Return the id in *file*, made at random where there is none that is whole.

    Not made of the path of a folder: that is the same on two machines that share an engine, as
    development containers do. Raises `RefusedError` where *file* cannot be read or written.
    """
    try:
        found = file.read_text(errors="replace").strip() if file.exists() else ""
        if FORM.fullmatch(found):
            return found
        file.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        write_private(file, made := secrets.token_hex(DIGITS // 2))
    except OSError as error:
        raise RefusedError(
            f"{file}: {error.strerror}: it has the id of this folder's containers; let it be a "
            "file that you may write, then run it again"
        ) from error
    return made


def subnet(identifier: str) -> str:
    """Return the /24 for the networks of whoever has *identifier*."""
    return f"10.213.{256 - SUBNETS + int(identifier, 16) % SUBNETS}.0/24"
