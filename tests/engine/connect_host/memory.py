"""How much memory a host uses: its containers, and the engine that runs them."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import docker

from tests.engine.connect_host.hosts import PREFIX

KIB = 1 << 10
PROC = Path("/proc")


def used(client: docker.DockerClient) -> dict[str, int]:
    """Return the bytes that each container uses, without files that the kernel may drop."""
    found = {}
    for each in client.containers.list():
        name = str(each.name)
        if name.startswith(PREFIX):
            said = client.api.stats(name, stream=False, one_shot=True)["memory_stats"]
            dropped = said["stats"].get("total_inactive_file", said["stats"].get("inactive_file"))
            found[name.removeprefix(f"{PREFIX}-")] = said["usage"] - dropped
    return found


def of_the_engine(process: int) -> int:
    """Return the bytes of *process* and all that runs below it, but for what is in a container.

    Memory that two processes share is counted once.
    """
    own = _depth(process)
    return sum(_share(each) for each in (process, *_below(process)) if _depth(each) == own)


def _below(process: int) -> Iterator[int]:
    """Yield every process that *process* has started, and those that they have."""
    for thread in (PROC / str(process) / "task").glob("*"):
        with suppress(OSError):
            for child in (thread / "children").read_text().split():
                yield int(child)
                yield from _below(int(child))


def _depth(process: int) -> int:
    """Return in how many namespaces it has an id: a container is one more."""
    with suppress(OSError):
        return len(_said(process, "status", "NSpid:"))
    return 0


def _share(process: int) -> int:
    with suppress(OSError):  # it has ended meanwhile
        return int(_said(process, "smaps_rollup", "Pss:")[0]) * KIB
    return 0


def _said(process: int, file: str, name: str) -> list[str]:
    lines = (PROC / str(process) / file).read_text().splitlines()
    return next((line.split()[1:] for line in lines if line.startswith(name)), ["0"])
