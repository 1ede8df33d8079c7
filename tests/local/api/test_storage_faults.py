"""What the machine cannot do is no fault of the client: 5xx, and the records stay as they were."""

import errno

import httpx
import pytest

from tests.local.api.conftest import World
from tests.local.api.test_errors import dump

pytestmark = pytest.mark.anyio


@pytest.fixture
def full(world: World) -> None:
    """Let the records grow no further."""
    database = world.state.records._db
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count={pages}")


@pytest.mark.usefixtures("full")
async def test_records_without_room_are_a_full_storage(world):
    before = dump(world)
    refused = (200, 0, "")
    for number in range(200):
        made = await world.client.post(
            world.account("/r2/buckets"), json={"name": f"bucket-{number}"}
        )
        if not made.is_success:
            problem = made.json()["errors"][0]
            refused = (made.status_code, problem["code"], problem["message"])
            break

    assert refused[:2] == (507, 10002)
    assert "database or disk is full; free some space and ask again" in refused[2]
    assert len(dump(world)) == len(before) + number


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
async def test_a_file_that_cannot_be_written_is_a_full_storage(world, monkeypatch, number):
    async def apply(_cloud):
        raise OSError(number, "No space left on device")

    monkeypatch.setattr(world.runtime, "apply", apply)
    got = await world.refused("POST", world.account("/r2/buckets"), json={"name": "files"})

    assert got[:2] == (507, 10002)
    assert dump(world) == []


async def test_a_failure_of_the_runtime_is_none_of_the_client(world, monkeypatch):
    made = await world.ask("POST", world.account("/storage/kv/namespaces"), json={"title": "ns"})
    await world.ask("POST", world.account("/r2/buckets"), json={"name": "files"})

    async def admin(*_, **__):
        error = {"code": "failed", "message": "KV PUT failed: 500 disk I/O error"}
        return httpx.Response(500, json={"error": error})

    monkeypatch.setattr(world.runtime, "admin", admin)
    value = world.account(f"/storage/kv/namespaces/{made['id']}/values/k")
    for path in (value, world.account("/r2/buckets/files/objects/k")):
        got = await world.refused("PUT", path, content=b"v")

        assert got[:2] == (500, 10002)
        assert "disk I/O error" in got[2]
