"""Executables that say what a test wants: fakes of `pulumi`, `node` and the like."""

from pathlib import Path


def executable(folder: Path, name: str, script: str) -> Path:
    """Put an executable shell script into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def says(folder: Path, name: str, text: str) -> Path:
    """Put an executable into *folder* that prints *text* whatever it is asked."""
    return executable(folder, name, f"echo '{text}'")
