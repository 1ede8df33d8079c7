"""Images for containers of the laptop: those that are official, and stand-ins of our own."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from docker.errors import APIError

from provider.docker.engine import Api, ensure_image
from systems.onepassword_connect import pinned_images
from systems.onepassword_connect.names import API, EXPORTER, HEALTH, OFFICIAL, SYNC, TUNNEL

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
FILES = (HERE / "stream_multiplexer.py", HERE / "stand_ins.py")
FOLDER = "opt/stand-ins"
STAND_INS = {
    API: ("connect", 'CMD ["connect"]'),
    SYNC: ("connect", 'CMD ["connect"]'),
    TUNNEL: ("cloudflared", 'ENTRYPOINT ["cloudflared"]'),
    EXPORTER: ("exporter", 'ENTRYPOINT ["exporter"]'),
}
"""What each is called by, and how it is run."""

REPOSITORY = "docker.io/chittyos/stand-in-{}"
TAG_DIGITS = 12
PROGRAM = """#!/usr/bin/env python3
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, "/{folder}")
from systems.onepassword_connect.containers.stand_ins import main
raise SystemExit(main({called!r}, sys.argv[1:]))
"""


def have(api: Api, own: Mapping[str, str]) -> dict[str, str]:
    """Return the image of each container, made or pulled where the engine has it not yet.

    *own* are those of the configuration. Raises `PluginError` for one that cannot be had.
    """
    official = {name: own.get(name, pinned_images.tracked()[name]) for name in OFFICIAL}
    for reference in official.values():
        ensure_image(api, reference)
    made = {name: _stand_in(api, official[HEALTH], *how) for name, how in STAND_INS.items()}
    return {**official, **made}


def _stand_in(api: Api, python: str, called: str, change: str) -> str:
    """Make the image on that of *python*, once for each content of its files."""
    base = ensure_image(api, python)
    tag = hashlib.sha256(json.dumps([base["Id"], change, *_contents(called)]).encode()).hexdigest()
    repository = REPOSITORY.format(called)
    reference = f"{repository}:{tag[:TAG_DIGITS]}"
    if reference.removeprefix("docker.io/") in _tags(api):
        return reference
    # A container that is never run, as Docker's own `COPY` has it: nothing is built or downloaded.
    container = api.create_container(python, command=["true"])["Id"]
    try:
        api.put_archive(container, "/", _archive(called))
        api.commit(
            container,
            repository.removeprefix("docker.io/"),
            tag[:TAG_DIGITS],
            changes=[change],
        )
    finally:
        api.remove_container(container, force=True)
    _forget(api, repository.removeprefix("docker.io/"), tag[:TAG_DIGITS])
    return reference


def _forget(api: Api, repository: str, tag: str) -> None:
    """Remove what earlier files made, unless a container has it."""
    for each in sorted(_tags(api)):
        name, _, its = each.rpartition(":")
        if name == repository and its != tag:
            with suppress(APIError):
                api.remove_image(each)


def _tags(api: Api) -> set[str]:
    return {tag for image in api.images() for tag in image.get("RepoTags") or []}


def _contents(called: str) -> Iterator[tuple[str, str]]:
    """Yield the files by their paths in the image."""
    for file in FILES:
        yield f"{FOLDER}/{file.relative_to(ROOT)}", file.read_text()
    yield f"usr/local/bin/{called}", PROGRAM.format(folder=FOLDER, called=called)


def _archive(called: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in _contents(called):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content.encode()), 0o755
            archive.addfile(entry, io.BytesIO(content.encode()))
    return packed.getvalue()
