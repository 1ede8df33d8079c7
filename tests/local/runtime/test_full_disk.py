"""A disk that is full is nobody's fault but the machine's: 5xx, and what was there stays."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from local.records.model import Bucket, Cloud
from tests.local.runtime.s3_requests import client_of, signed
from tests.support_runtime import RunningRuntime, running

pytestmark = pytest.mark.workerd

SIZE = 48 * 1024 * 1024
LARGE = b"x" * 1024 * 1024
CLOUD = Cloud(kv_namespaces=("kv",), buckets=(Bucket("files"),))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Make a disk that takes little; only root may."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    done = subprocess.run(made, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this needs the right to mount a disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return filler


def writes(edge: RunningRuntime) -> dict[str, Any]:
    return {
        "KV, within the index": lambda: edge.admin("PUT", "/kv/kv/values/k", content=b"new"),
        "KV, as a file": lambda: edge.admin("PUT", "/kv/kv/values/k", content=LARGE),
        "R2 by the API": lambda: edge.admin("PUT", "/r2/files/objects/k", content=LARGE),
        "S3": lambda: signed(edge, "PUT", "/files/k", LARGE),
    }


def test_a_write_onto_a_full_disk_is_no_fault_of_the_client(disk):
    with running(disk / "runtime", CLOUD) as edge:
        edge.admin("PUT", "/kv/kv/values/k", content=b"old")
        client_of(edge).put_object(Bucket="files", Key="k", Body=b"old")
        filler = fill(disk)

        for name, write in writes(edge).items():
            answer = write()
            status = getattr(answer, "status_code", None) or answer.status
            assert status >= 500, (name, status)
        filler.unlink()

        assert edge.admin("GET", "/kv/kv/values/k").content == b"old"
        assert client_of(edge).get_object(Bucket="files", Key="k")["Body"].read() == b"old"
        for write in writes(edge).values():
            answer = write()
            assert (getattr(answer, "status_code", None) or answer.status) == 200
