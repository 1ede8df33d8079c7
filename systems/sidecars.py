"""What of a system runs beside the local Cloudflare, as the machine behind a tunnel would."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sidecar:
    """A program that runs beside the local Cloudflare, where tunnels of the system reach it."""

    name: str
    """Its name on this machine: small letters, digits and `-`."""

    command: tuple[str, ...]
    """What runs, in the folder of the project; `local/process/settings.py` says what it is told."""

    serves: str
    """Address that the tunnels lead to, which means something on their own machine only."""

    about: str
    """What runs and why that, in one line of `make up`."""

    made_of: tuple[Path, ...] = ()
    """Files that it is started anew for when they change. Default: none."""
