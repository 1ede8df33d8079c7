"""Sockets that only this user's processes on this machine can reach: paths in a private folder."""

import tempfile
from pathlib import Path
from socket import AF_UNIX, socket

from common.files import PRIVATE_FOLDER

BACKLOG = 512
LONGEST_PATH = 100
"""What every system takes as the path of a socket."""


class SocketFolder:
    """Listening sockets by their names in *folder*, or in a temporary one where that is too deep.

    *longest*: characters that a name has at most.
    """

    def __init__(self, folder: Path, longest: int) -> None:
        self._temporary: Path | None = None
        if len(str(folder)) + 1 + longest > LONGEST_PATH:
            folder = self._temporary = Path(tempfile.mkdtemp(prefix="local-cloudflare-"))
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.path = folder
        self._sockets: dict[str, socket] = {}

    def listen(self, name: str) -> socket:
        """Return the socket *name*, opened at the first call; what an earlier process left goes."""
        if name not in self._sockets:
            path = self.path / name
            path.unlink(missing_ok=True)
            held = self._sockets[name] = socket(AF_UNIX)
            held.bind(str(path))
            held.listen(BACKLOG)
        return self._sockets[name]

    def close_all(self) -> None:
        """Close the sockets."""
        for name, held in self._sockets.items():
            held.close()
            (self.path / name).unlink(missing_ok=True)
        self._sockets.clear()

    def close(self) -> None:
        """Close the sockets, and remove the folder if it is a temporary one; twice is no error."""
        self.close_all()
        if self._temporary:
            self._temporary.rmdir()
            self._temporary = None
