"""TypeScript to one module, by esbuild."""

import hashlib
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from planning.refusals import RefusedError

ROOT = Path(__file__).resolve().parent.parent
ESBUILD = Path("node_modules/.bin/esbuild")
BUILD = Path(".build")
MODULE = "index.mjs"
SECONDS = 120

_FLAGS = (
    "--bundle",
    "--format=esm",
    "--platform=browser",
    "--target=es2024",
    "--conditions=workerd,worker,browser",
    "--main-fields=module,main",
    "--external:cloudflare:*",
    "--external:node:*",
    "--legal-comments=none",
    # A module names its packages by where they are linked, not by where they lie on this machine.
    "--preserve-symlinks",
    "--log-level=error",
    "--color=false",
)


@dataclass(frozen=True)
class Bundle:
    """A worker as it is uploaded."""

    path: str
    """Where the module is, relative to the project: the plugin reads it there."""
    sha256: str
    """Checksum of the module, 64 hexadecimal digits."""
    exports: frozenset[str]
    """Names the module exports."""


def bundle(entry: str, script: str, root: Path | None = None) -> Bundle:
    """Bundle *entry* for *script* into `.build/<script>/index.mjs`, both relative to *root*.

    *root* is the project by default.
    Raises `RefusedError` with esbuild's own words where the code does not bundle.
    """
    root = root or ROOT
    folder = root / BUILD / script
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        module, meta = Path(scratch) / MODULE, Path(scratch) / "meta.json"
        _run(root, entry, module, meta)
        exports = _exports(json.loads(meta.read_text(encoding="utf-8")))
        # Whole or not at all: another run may be reading the module.
        module.replace(folder / MODULE)
    path = BUILD / script / MODULE
    return Bundle(path.as_posix(), _sha256(root / path), exports)


def _run(root: Path, entry: str, module: Path, meta: Path) -> None:
    program = root / ESBUILD
    if not program.exists():
        raise RefusedError(f"{ESBUILD} is missing; install the npm packages: npm ci")
    if not (root / entry).is_file():
        raise RefusedError(f"{entry} does not exist; name the entry module of the worker")
    outputs = [f"--outfile={module}", f"--metafile={meta}"]
    try:
        done = subprocess.run(
            [program, entry, *_FLAGS, *outputs],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RefusedError(f"{entry} was not bundled within {SECONDS} s; run again") from None
    if done.returncode != 0:
        raise RefusedError(f"{entry} does not bundle; correct it:\n{done.stderr.strip()}")


def _exports(meta: dict[str, dict[str, dict[str, list[str]]]]) -> frozenset[str]:
    outputs = meta["outputs"].values()
    return frozenset(name for output in outputs for name in output.get("exports", ()))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
