"""Images for tests, made here without a registry, and what they leave on an engine."""

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import docker

from common.locks import exclusive
from harness.docker_engine import DockerEngine, NoDockerError

PROJECT = Path(__file__).parents[1]
BINARIES = PROJECT / ".local" / "stub-binaries"
BUILD_SECONDS = 300
EXECUTABLE = 0o755
BUSYBOX = "bin/busybox"


def import_image(
    engine: DockerEngine,
    name: str,
    files: Mapping[str, bytes | Path],
    changes: Sequence[str] = (),
) -> str:
    """Make an image *name* (`repository:tag`) of executable *files*, and return its id.

    Keys are paths within the image without a leading `/`; folders are made. *changes* are lines of
    a Dockerfile: `CMD ["/stub"]`, `USER 999:999`, `EXPOSE 8080`.
    """
    repository, _, tag = name.rpartition(":")
    with closing(engine.client()) as client:
        client.api.import_image_from_data(
            archive(files), repository=repository, tag=tag, changes=list(changes)
        )
        return str(client.images.get(name).id)


def import_busybox(engine: DockerEngine, name: str, changes: Sequence[str] = ()) -> str:
    """Make an image *name* of nothing but `/bin/busybox`, and return its id."""
    found = shutil.which("busybox")
    if found is None:
        raise NoDockerError("no busybox was found; install it (Debian: apt-get install busybox)")
    return import_image(engine, name, {BUSYBOX: Path(found)}, changes)


def static_binary(source: Path) -> Path:
    """Build the Go program *source* (one file, standard library only) so that it needs no library.

    It is built once for each content. Raises `NoDockerError` without Go or when it does not build.
    """
    built = BINARIES / f"{source.stem}-{hashlib.sha256(source.read_bytes()).hexdigest()[:16]}"
    BINARIES.mkdir(parents=True, exist_ok=True)
    with exclusive(BINARIES / "building.lock"):
        if not built.exists():
            _build(source, built)
    return built


def remove(
    client: docker.DockerClient,
    containers: Sequence[str] = (),
    networks: Sequence[str] = (),
    volumes: Sequence[str] = (),
) -> None:
    """Remove what has exactly these names; the engine may be somebody's who has more on it."""
    for container in client.containers.list(all=True):
        if container.name in containers:
            container.remove(force=True, v=True)
    for network in client.networks.list():
        if network.name in networks:
            network.remove()
    for volume in client.volumes.list():
        if volume.name in volumes:
            volume.remove()


def archive(files: Mapping[str, bytes | Path]) -> bytes:
    """Return executable *files* as an archive, by their paths within an image."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, given in files.items():
            content = given if isinstance(given, bytes) else given.read_bytes()
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), EXECUTABLE
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _build(source: Path, target: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise NoDockerError(f"{source.name} is a program in Go; install Go 1.24 or newer")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder) / "made"
        done = subprocess.run(
            [go, "build", "-ldflags=-s -w", "-o", made, source.resolve()],
            env={**os.environ, "CGO_ENABLED": "0", "GO111MODULE": "off"},
            capture_output=True,
            text=True,
            check=False,
            timeout=BUILD_SECONDS,
        )
        if done.returncode:
            raise NoDockerError(f"{source} does not build: {done.stderr.strip()}")
        made.replace(target)
