"""States in a folder of this machine, as the engine's `file://` backend lays them out."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from common.files import replace
from ops.errors import OpsError
from ops.state_store.address import Address
from ops.state_store.store import Entry

ATTRIBUTES = ".attrs"
"""End of a file that the engine writes beside each of its own, unless told to skip it."""


class FolderStore:
    """See `Store`. Files of attributes go with the file that they are of, and are not listed."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._root = address.folder

    def entries(self, prefix: str, most: int | None = None) -> Iterator[Entry]:
        """Yield what begins with *prefix*; without it nothing, as in an empty bucket."""
        if not self._root.is_dir():
            raise OpsError(f"{self.address.url}: there is no such folder; make it, then go on")
        folder = self._root / prefix.rpartition("/")[0]
        there = (path for path in sorted(folder.rglob("*")) if path.is_file())
        files = (path for path in there if path.suffix != ATTRIBUTES)
        found = (Entry(self._key(path), path.stat().st_size) for path in files)
        yield from islice((each for each in found if each.key.startswith(prefix)), most)

    def read(self, key: str) -> bytes | None:
        """Return what the file holds."""
        try:
            return (self._root / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._failed(error) from None

    def write(self, key: str, content: bytes) -> None:
        """Put *content* into the file; its folder is made."""
        path = self._root / key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, content)
            self._beside(path).unlink(missing_ok=True)
        except OSError as error:
            raise self._failed(error) from None

    def delete(self, key: str) -> None:
        """Delete the file."""
        try:
            for path in (self._root / key, self._beside(self._root / key)):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise self._failed(error) from None

    @staticmethod
    def _beside(path: Path) -> Path:
        return path.with_name(path.name + ATTRIBUTES)

    def _key(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _failed(self, error: OSError) -> OpsError:
        return OpsError(f"{self.address.url}: {error.strerror}; see who may write there")
