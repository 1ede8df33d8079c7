"""Images for a host of Connect without a registry: stubs, the real nginx, the real Python."""

import io
import re
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from harness import nginx
from harness.docker_engine import DockerEngine
from harness.docker_images import import_image, static_binary

STUB = Path(__file__).parent / "stub.go"
TOOLS = ("get", "dial", "wget", "load", "burst", "flood", "write", "env")
LEFT_OUT = {"test", "idlelib", "tkinter", "lib2to3", "ensurepip", "__pycache__", "site-packages"}
NAMES = {
    "connect-api": "docker.io/stub/connect-api:1.8.2",
    "connect-sync": "docker.io/stub/connect-sync:1.8.2",
    "cloudflared": "docker.io/stub/cloudflared:2026.10.4",
    "nginx": "docker.io/stub/nginx:1.0",
    "nginx-exporter": "docker.io/stub/exporter:1.0",
    "health": "docker.io/stub/python:1.0",
}


def import_all(engine: DockerEngine) -> None:
    """Make an image for each container, with tools to look around from within."""
    stub = static_binary(STUB)
    tools = {f"usr/bin/{name}": stub for name in TOOLS}
    for name in ("connect-api", "connect-sync"):
        _import(engine, name, {**tools, "usr/bin/connect": stub}, 'CMD ["connect"]')
        _give_folder(engine, NAMES[name].removeprefix("docker.io/"), 'CMD ["connect"]')
    _import(
        engine,
        "cloudflared",
        {**tools, "usr/bin/cloudflared": stub},
        'ENTRYPOINT ["cloudflared"]',
    )
    _import(
        engine, "nginx-exporter", {**tools, "usr/bin/exporter": stub}, 'ENTRYPOINT ["exporter"]'
    )
    _import(
        engine, "nginx", {**tools, **_with_libraries(nginx.ensure(), "usr/bin/nginx"), **_USERS}
    )
    _import(engine, "health", {**tools, **_python()})


_USERS = {
    "etc/passwd": b"root:x:0:0::/:/\nnginx:x:101:101::/:/\n",
    "etc/group": b"root:x:0:\nnginx:x:101:\n",
}


def _import(engine: DockerEngine, name: str, files: dict[str, bytes | Path], *changes: str) -> None:
    import_image(engine, NAMES[name].removeprefix("docker.io/"), files, changes)


def _give_folder(engine: DockerEngine, image: str, change: str) -> None:
    """Put the folder of data into *image*, its user's own, as the image of 1Password has it."""
    folder = tarfile.TarInfo("home/opuser/.op/data")
    folder.type, folder.mode, folder.uid, folder.gid = tarfile.DIRTYPE, 0o700, 999, 999
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(folder)
    with closing(engine.client()) as client:
        container = client.containers.create(image)
        container.put_archive("/", packed.getvalue())
        repository, _, tag = image.rpartition(":")
        container.commit(repository, tag, changes=change)
        container.remove()


def _python() -> dict[str, bytes | Path]:
    """Return the interpreter of these tests with its standard library."""
    real = Path(sys.executable).resolve()
    library = Path(sysconfig.get_path("stdlib"))
    files = _with_libraries(real, "usr/bin/python3")
    for path in library.rglob("*"):
        inside = path.relative_to(library)
        if path.is_file() and not LEFT_OUT & set(inside.parts) and path.suffix in (".py", ".so"):
            files[f"usr/lib/{library.name}/{inside}"] = path
            if path.suffix == ".so":
                files |= {f"{each}".lstrip("/"): each for each in _libraries(path)}
    return files


def _with_libraries(program: Path, inside: str) -> dict[str, bytes | Path]:
    found = {str(each).lstrip("/"): each for each in _libraries(program)}
    return {inside: program, **found}


def _libraries(program: Path) -> Iterator[Path]:
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    for path in re.findall(r"(/\S+) \(0x", done.stdout):
        yield Path(path)
