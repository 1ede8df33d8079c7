"""The folder that goes first on the PATH of a run: the engine, and only what it lacks."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from toolchain.engine import ROOT, Engine
from toolchain.plugin import Plugin

LANGUAGE_HOST = "pulumi-language-python"
PYTHON_HOSTS = ("pulumi-analyzer-policy-python", "pulumi-resource-pulumi-python")


def compose(
    engine: Engine, plugins: Sequence[Plugin], root: Path = ROOT, *, programs: bool = False
) -> Path:
    """Make the folder for this engine and these plugins under `.local/path` and return where it is.

    *programs*: whether the engine is to run programs itself, as plain `pulumi` does. The commands
    of this project do not need that, and start a pack of policies sooner without the host.

    The official engine brings its own Python host; official plugins are found by the engine.
    What is not needed is not in the folder, so that nothing of ours runs in its stead.
    """
    executables = {"pulumi": engine.path.resolve()}
    wanted = [] if engine.brings_python(root) else [*PYTHON_HOSTS]
    if wanted and programs:
        wanted.append(LANGUAGE_HOST)
    wanted += [plugin.executable for plugin in plugins if plugin.kind == "stand-in"]
    executables |= {name: root / "toolchain" / "bin" / name for name in wanted}
    kinds = "+".join(f"{plugin.name}-{plugin.kind}" for plugin in plugins)
    name = f"{engine.origin}+{kinds}" + ("+programs" if programs else "")
    folder = root / ".local" / "path" / name
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
