"""Code of Workers on disk, content-addressed: `scripts/<sha256>/`, written once, never changed."""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.json_types import Json
from local.api.http.multipart import Part
from local.api.workers import errors


@dataclass(frozen=True)
class Code:
    """What an upload brings: modules, the main one, and the hash that names their folder."""

    sha: str
    main_module: str
    modules: tuple[Json, ...]
    """`{name, content_type, file}`; *file* is relative to the folder."""


def write_code(scripts: Path, main_module: str, parts: Sequence[Part]) -> Code:
    """Keep the modules of an upload. Whole or not at all, also when the process is killed."""
    modules = [
        {"name": _name(part), "content_type": part.content_type, "file": _file(place, part)}
        for place, part in enumerate(parts)
    ]
    names = [module["name"] for module in modules]
    if main_module not in names:
        raise errors.invalid_script(f"No such module: {main_module}; uploaded were {names}")
    if len(set(names)) < len(names):
        raise errors.invalid_script(f"module names are used more than once: {names}")
    sha = _sha(main_module, parts)
    if not (scripts / sha).exists():
        _write(scripts, sha, zip((m["file"] for m in modules), parts, strict=True))
    return Code(sha, main_module, tuple(modules))


def read_code(scripts: Path, version: Json) -> list[Part]:
    """Read the modules of a version, main module first."""
    folder = scripts / version["code"]
    parts = [
        Part(m["name"], m["name"], m["content_type"], (folder / m["file"]).read_bytes())
        for m in version["modules"]
    ]
    return sorted(parts, key=lambda part: part.name != version["main_module"])


def sweep_code(scripts: Path, used: Collection[str]) -> None:
    """Remove the folders that no version uses."""
    for folder in scripts.iterdir():
        if folder.name not in used:
            shutil.rmtree(folder, ignore_errors=True)


def _name(part: Part) -> str:
    return part.filename or part.name


def _file(place: int, part: Part) -> str:
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", _name(part)).strip("._") or "module"
    return f"{place:03}-{readable[-80:]}"


def _sha(main_module: str, parts: Iterable[Part]) -> str:
    digest = hashlib.sha256()
    for field in [main_module, *(f for p in parts for f in (_name(p), p.content_type, p.body))]:
        data = field if isinstance(field, bytes) else field.encode()
        digest.update(len(data).to_bytes(8) + data)
    return digest.hexdigest()


def _write(scripts: Path, sha: str, files: Iterable[tuple[str, Part]]) -> None:
    scripts.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=scripts))
    for file, part in files:
        (draft / file).write_bytes(part.body)
    try:
        draft.replace(scripts / sha)
    except OSError:
        shutil.rmtree(draft)
        if not (scripts / sha).exists():
            raise
