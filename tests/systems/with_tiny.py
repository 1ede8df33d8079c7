"""Tiny in a clone, added as the how-to says: its folder, one line, its block."""

import shutil
from pathlib import Path

from harness.clone import ROOT

SYSTEMS = "SYSTEMS: tuple[AnySystem, ...] = ("
"""How the list in the registry begins, whatever systems there are."""


def add_tiny(root: Path) -> None:
    """Copy Tiny's folder into the clone at *root*, and put it first in the registry."""
    shutil.copytree(ROOT / "tests/systems/tiny", root / "systems/tiny")
    registry = root / "systems" / "registry.py"
    text = registry.read_text()
    assert SYSTEMS in text
    text = text.replace(SYSTEMS, f"{SYSTEMS}TINY, ")
    registry.write_text(f"from systems.tiny.system import SYSTEM as TINY\n{text}")
