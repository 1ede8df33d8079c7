"""A backup on disk: private files, and a manifest that says what they are and their checksums."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Annotated, BinaryIO
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from common.files import OWNER_ONLY, PRIVATE_FOLDER, drafted, write_private
from ops.backup.stores import Kind
from ops.errors import OpsError

MANIFEST = "manifest.json"
STATE = "state.json"
FORMAT = 1
A_PART = 1 << 20


def _inside(path: str) -> str:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError("leads out of the backup")
    return path


RelativePath = Annotated[str, AfterValidator(_inside)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Model):
    """A file of a backup."""

    path: RelativePath
    sha256: str
    bytes: int


class Copy(_Model):
    """What was copied of one store."""

    kind: Kind
    name: str
    """Name that the program gave its resource: the same in every stack."""

    label: str
    """Its name in the account."""

    entries: int
    """Keys, objects or rows."""

    bytes: int
    file: File
    notes: tuple[str, ...] = ()
    """What is not in it, and why."""


class Manifest(_Model):
    """What a backup has. A backup is whole when `ended` says when."""

    format: int = FORMAT
    stack: str
    account: str
    began: str
    ended: str | None = None
    state: File | None = None
    copies: tuple[Copy, ...] = ()
    left_out: tuple[str, ...] = ()
    """What the stack keeps and no copy can be made of, and why."""

    def copy_of(self, kind: str, name: str) -> Copy | None:
        """Return the copy of a store; `None` where it has none."""
        return next((each for each in self.copies if (each.kind, each.name) == (kind, name)), None)


class Folder:
    """A backup in the folder *path*."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def place(self, kind: str, name: str, suffix: str) -> Path:
        """Return where the file of a store goes; its folder is there then."""
        folder = self.path / kind
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        return folder / f"{quote(name, safe='')}{suffix}"

    @classmethod
    def of(cls, file: Path) -> "Folder":
        """Return the folder in which `place` has put *file*."""
        return cls(file.parents[1])

    def described(self, file: Path) -> File:
        """Describe a file of the backup, with its checksum."""
        path = file.relative_to(self.path).as_posix()
        return File(path=path, sha256=sha256_of(file), bytes=file.stat().st_size)

    def write(self, manifest: Manifest) -> None:
        """Write the manifest in the place of that before."""
        write_private(self.path / MANIFEST, manifest.model_dump_json(indent=2) + "\n")

    def begun(self) -> Manifest | None:
        """Read the manifest; `None` where there is none. Raises `OpsError` for a damaged one."""
        file = self.path / MANIFEST
        if not file.is_file():
            return None
        try:
            read = Manifest.model_validate_json(file.read_bytes())
        except (OSError, ValidationError) as error:
            raise OpsError(f"{file} is no manifest of a backup: {_first(error)}") from None
        if read.format != FORMAT:
            raise OpsError(f"{file}: format: is {read.format}; this version reads {FORMAT}")
        return read

    def whole(self) -> Manifest:
        """Read the manifest of a finished backup, and hold every file against its checksum.

        Raises `OpsError` for a backup that is not whole, with the file that is damaged.
        """
        manifest = self.begun()
        if manifest is None:
            raise OpsError(f"{self.path} has no {MANIFEST}; give the folder that ops backup wrote")
        if manifest.ended is None:
            stack = manifest.stack
            raise OpsError(
                f"{self.path} is a backup that was stopped before its end; finish it: "
                f"python -m ops backup {stack} --to {self.path}"
            )
        files = [each.file for each in manifest.copies]
        for each in [*files, manifest.state] if manifest.state else files:
            self.check(each)
        return manifest

    def check(self, file: File) -> Path:
        """Return where *file* is; raise `OpsError` when it is not as it was written."""
        path = self.path / file.path
        if not path.is_file():
            raise OpsError(f"{path} is missing; take the backup from where it is whole")
        if path.stat().st_size != file.bytes or sha256_of(path) != file.sha256:
            raise OpsError(f"{path} is damaged: not what its checksum says; take another backup")
        return path


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """Open *path* for writing, for its owner only; it is in its place when all was written."""
    with drafted(path, path.with_name(f"{path.name}.part")) as draft:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            yield file
        draft.replace(path)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        told = error.errors()[0]
        return f"{'.'.join(map(str, told['loc'])) or 'it'}: {told['msg']}"
    return type(error).__name__
