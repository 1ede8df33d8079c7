"""A registry of one image, for references with a digest: real pulls, and no network.

`registry` starts it where an engine reaches it; run as a module it serves a folder.
"""

import gzip
import hashlib
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from harness.docker_engine import DockerEngine, NoDockerError
from harness.docker_images import PROJECT, archive

LOOPBACK = "127.0.0.1"  # to an engine a registry there need not have TLS
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
STOP_SECONDS = 10


@contextmanager
def registry(
    engine: DockerEngine, name: str, files: Mapping[str, bytes | Path], command: Sequence[str]
) -> Iterator[str]:
    """Serve the image *name* (`stub:1`) of executable *files*; give its reference.

    It has tag and digest, `127.0.0.1:40001/stub:1@sha256:…`, and runs *command*.
    """
    with tempfile.TemporaryDirectory(prefix="docker-registry-") as folder:
        digest = _store(Path(folder), files, command)
        serve = [*engine.enter, sys.executable, "-m", "harness.docker_registry", folder]
        process = subprocess.Popen(serve, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            if not port:
                raise NoDockerError("the registry for tests did not start")
            yield f"{LOOPBACK}:{port}/{name}@{digest}"
        finally:
            process.terminate()
            process.communicate(timeout=STOP_SECONDS)


def _store(folder: Path, files: Mapping[str, bytes | Path], command: Sequence[str]) -> str:
    """Write manifest, configuration and layer, each under its digest; return the manifest's."""
    unpacked = archive(files)
    layer = _kept(folder, gzip.compress(unpacked, mtime=0))
    configuration = {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Cmd": list(command)},
        "rootfs": {"type": "layers", "diff_ids": [_digest(unpacked)]},
    }
    config = _kept(folder, json.dumps(configuration).encode())
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, **config},
        "layers": [{"mediaType": LAYER, **layer}],
    }
    return str(_kept(folder, json.dumps(manifest).encode())["digest"])


def _kept(folder: Path, content: bytes) -> dict[str, Any]:
    digest = _digest(content)
    (folder / digest).write_bytes(content)
    return {"size": len(content), "digest": digest}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class _Handler(BaseHTTPRequestHandler):
    """Answers `/v2/`, `/v2/NAME/manifests/DIGEST` and `/v2/NAME/blobs/DIGEST`."""

    folder: Path

    def do_GET(self) -> None:
        kind, _, digest = self.path.removeprefix("/v2/").rpartition("/")
        content = b"{}" if self.path == "/v2/" else self._content(digest)
        self.send_response(200 if content else 404)
        manifest = kind.endswith("/manifests")
        self.send_header("Content-Type", MANIFEST if manifest else "application/octet-stream")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Docker-Content-Digest", digest)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    do_HEAD = do_GET  # noqa: N815 — the base class names it

    def _content(self, digest: str) -> bytes:
        file = self.folder / Path(digest).name
        return file.read_bytes() if file.is_file() else b""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve the folder that is the first argument; say the port on standard output."""
    _Handler.folder = Path(sys.argv[1])
    server = ThreadingHTTPServer((LOOPBACK, 0), _Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
