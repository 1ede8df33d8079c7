"""Files that a container is given before it starts."""

import base64
import io
import tarfile
import time
from pathlib import Path

from common.json_types import Json
from provider.errors import PluginError

SOURCES = ("content", "contentBase64", "source")
MODE, EXECUTABLE = 0o644, 0o744


def packed(upload: Json) -> bytes:
    """Return *upload* as the archive that is unpacked at `/` of the container.

    Raises `PluginError` for a file that cannot be read.
    """
    content = _content(upload)
    entry = tarfile.TarInfo(str(upload["file"]).lstrip("/"))
    entry.size, entry.mtime = len(content), int(time.time())
    entry.mode = _mode(upload)
    entry.uid, entry.gid = int(upload.get("owner") or 0), int(upload.get("group") or 0)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def _mode(upload: Json) -> int:
    if upload.get("permissions"):
        return int(upload["permissions"], 8)
    return EXECUTABLE if upload.get("executable") else MODE


def _content(upload: Json) -> bytes:
    if upload.get("content") is not None:
        return str(upload["content"]).encode()
    if upload.get("contentBase64") is not None:
        return base64.b64decode(upload["contentBase64"])
    file = Path(upload["source"])
    try:
        return file.expanduser().read_bytes()
    except OSError as error:
        raise PluginError(f"uploads: cannot read {file}: {error.strerror}") from error
