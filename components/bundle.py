"""TypeScript to one module, by esbuild (`bundling.mjs` says how)."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from components.bundle_record import record_of, still_true
from planning.refusals import RefusedError

ROOT = Path(__file__).resolve().parent.parent
ESBUILD = Path("node_modules/esbuild")
INSTALLED = Path("node_modules/.installed-from")
PROGRAM = Path(__file__).with_name("bundler.mjs")
OPTIONS = PROGRAM.with_name("bundling.mjs")
"""What it shares with the watcher of `make dev`."""

WATCHER = Path(__file__).with_name("watcher.mjs")
"""Bundles again at every change of a file."""

BUILD = Path(".build")
MODULE = "index.mjs"
RECORD = "made-from.json"
"""Beside the module: what it was made from."""

SECONDS = 120


@dataclass(frozen=True)
class Bundle:
    """A worker as it is uploaded."""

    path: str
    """Where the plugin reads the module: relative to the folder that the program runs in, or whole
    where the worker stands elsewhere."""
    sha256: str
    """Checksum of the module, 64 hexadecimal digits."""
    exports: frozenset[str]
    """Names the module exports."""


def bundle(entry: str, script: str, root: Path | None = None, *, node: bool = True) -> Bundle:
    """Bundle *entry* for *script* into `.build/<script>/index.mjs`, both relative to *root*.

    *root*: the folder of the program; default: this project. *entry* may be an absolute path.
    *node*: whether the worker has the modules of Node.js.
    What would be bundled again to the same is left as it is.
    Raises `RefusedError` with esbuild's own words where the code does not bundle.
    """
    root = _checked(root) if root else ROOT
    _check(root, entry)
    path = BUILD / script / MODULE
    shown = path if root in {ROOT, Path.cwd()} else root / path
    facts = list(_facts(entry, node=node))
    known = still_true((root / path).with_name(RECORD), root, facts, root / path)
    if known:
        return Bundle(shown.as_posix(), known.sha256, frozenset(known.exports))
    exports = _make(root, entry, root / path, facts, node=node)
    return Bundle(shown.as_posix(), _sha256(root / path), exports)


def relative(entry: str, root: Path | None = None) -> str:
    """Return *entry* as it is written in a state: without the folders of this machine."""
    path, root = Path(entry), root or ROOT
    if not path.is_absolute():
        return entry
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _checked(root: Path) -> Path:
    """Return the folder *root* as an absolute path; `RefusedError` where there is none."""
    if not root.is_dir():
        raise RefusedError(f"{root} is no folder; give the one that the program stands in as root")
    return root.resolve()


def _check(root: Path, entry: str) -> None:
    """Refuse to go on without an entry, or without the packages of this project.

    Their esbuild bundles every program.
    """
    if not (ROOT / ESBUILD).exists():
        raise RefusedError("esbuild is missing; install the npm packages: npm ci")
    if not (root / entry).is_file():
        raise RefusedError(f"{entry} does not exist; name the entry module of the worker")


def _facts(entry: str, *, node: bool) -> Iterator[str]:
    """Give what a bundle depends on beside its modules: how it is made, and by what.

    Node's own modules depend on its version, which its file and what npm installed stand for.
    """
    yield f"{entry} {node} {os.environ.get('NODE_PATH', '')}"
    for file in (PROGRAM, OPTIONS, ROOT / ESBUILD / "package.json", ROOT / INSTALLED):
        yield file.read_text("utf-8") if file.is_file() else ""
    if program := shutil.which("node"):
        found = Path(program).resolve().stat()
        yield f"{program} {found.st_size} {found.st_mtime_ns}"


def _make(root: Path, entry: str, module: Path, facts: list[str], *, node: bool) -> frozenset[str]:
    """Bundle *entry* into *module* and note what it was made from; return what it exports."""
    module.parent.mkdir(parents=True, exist_ok=True)
    module.with_name(RECORD).unlink(missing_ok=True)
    began = time.time()
    with tempfile.TemporaryDirectory(dir=module.parent) as scratch:
        draft, meta = Path(scratch) / MODULE, Path(scratch) / "meta.json"
        _run(root, entry, {"outfile": str(draft), "metafile": str(meta), "node": node})
        told = json.loads(meta.read_text(encoding="utf-8"))
        # Whole or not at all: another run may be reading the module.
        draft.replace(module)
    if record := record_of(told, root, facts, _sha256(module), began):
        record.write(module.with_name(RECORD))
    return _exports(told)


def _run(root: Path, entry: str, asked: dict[str, str | bool]) -> None:
    try:
        done = subprocess.run(
            ["node", PROGRAM],
            cwd=root,
            input=json.dumps({"root": str(root), "entry": entry, **asked}),
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
