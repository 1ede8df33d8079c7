"""The folder that goes first on the PATH of a run: the engine, and only what it lacks."""

import os
import shlex
from pathlib import Path

from toolchain.engine import ROOT, Engine
from toolchain.plugin import Plugin

PYTHON_HOSTS = ("pulumi-analyzer-policy-python", "pulumi-resource-pulumi-python")
STAND_IN = "pulumi-resource-cloudflare"


def compose(engine: Engine, plugin: Plugin, root: Path = ROOT) -> Path:
    """Make the folder for this engine and plugin under `.local/path` and return where it is.

    The official engine brings its own Python host; the official plugin is found by the engine.
    What is not needed is not in the folder, so that nothing of ours runs in its stead.
    """
    executables = {"pulumi": engine.path.resolve()}
    if not engine.brings_python():
        executables |= {name: root / "toolchain" / "bin" / name for name in PYTHON_HOSTS}
    if plugin.kind == "stand-in":
        executables[STAND_IN] = root / "toolchain" / "bin" / STAND_IN
    folder = root / ".local" / "path" / f"{engine.origin}+{plugin.kind}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in executables.items():
        _forward(folder / name, target)
    for stale in folder.iterdir():
        if stale.name not in executables:
            stale.unlink()
    return folder


def _forward(script: Path, target: Path) -> None:
    text = f'#!/bin/sh\nexec {shlex.quote(str(target))} "$@"\n'
    if script.is_file() and script.read_text() == text:
        return
    draft = script.with_name(f".{script.name}.{os.getpid()}")
    draft.write_text(text)
    draft.chmod(0o755)
    draft.replace(script)
