"""Records and runtime change together, or not at all."""

import asyncio

import pytest

from local.records.model import RefusedError
from local.records.records import Kind, Records, RecordsError
from tests.local.api.conftest import CODE

pytestmark = pytest.mark.anyio


async def test_a_configuration_that_does_not_start_is_taken_back(world):
    await world.upload("fine")
    world.runtime.poison = "bad"

    status, code, text = await world.refused(
        "PUT", world.script("bad"), files={**_form(), "worker.mjs": ("worker.mjs", CODE)}
    )

    assert (status, code, text) == (400, 10021, "the configuration does not start")
    assert [s["name"] for s in world.state.records.all(Kind.SCRIPT)] == ["fine"]
    assert len(world.state.records.all(Kind.VERSION)) == 1


async def test_a_runtime_that_fails_leaves_no_record(world, monkeypatch):
    async def broken(_cloud):
        raise OSError("disk full")

    monkeypatch.setattr(world.runtime, "apply", broken)

    refused = await world.refused("POST", world.account("/queues"), json={"queue_name": "q"})

    assert refused[0] == 503
    assert world.state.records.all(Kind.QUEUE) == []


async def test_taking_back_leaves_what_others_changed_meanwhile(world, monkeypatch):
    asked_to_serve, hold = asyncio.Event(), asyncio.Event()

    async def slow(_cloud):
        asked_to_serve.set()
        await hold.wait()
        raise RefusedError("no")

    monkeypatch.setattr(world.runtime, "apply", slow)
    path = world.account("/queues")
    asked = asyncio.create_task(world.refused("POST", path, json={"queue_name": "mine"}))
    await asked_to_serve.wait()
    assert len(world.state.records.all(Kind.QUEUE)) == 1
    world.state.note(lambda r: r.put(Kind.ACCOUNT, "subdomain", {"subdomain": "theirs"}))
    hold.set()

    assert (await asked)[1] == 10021
    assert world.state.records.all(Kind.QUEUE) == []
    assert world.state.records.get(Kind.ACCOUNT, "subdomain") == {"subdomain": "theirs"}


async def test_uploads_of_one_script_at_once_all_count(world):
    await asyncio.gather(*(world.upload(code=f"{CODE} // {n}") for n in range(8)))

    versions = (await world.ask("GET", world.script(rest="/versions")))["items"]
    assert sorted(v["number"] for v in versions) == list(range(1, 9))
    (worker,) = world.runtime.cloud.workers
    live = world.state.records.get(Kind.SCRIPT, "api")
    newest = max(versions, key=lambda v: v["number"])
    assert live["version"] == newest["id"]
    assert worker.modules[0].path.exists()


async def test_the_later_upload_wins_though_the_earlier_takes_longer(world, monkeypatch):
    check, slow = world.runtime.check, asyncio.Event()

    async def check_the_first_slowly(worker, cloud):
        if "first" in worker.modules[0].path.read_text():
            await slow.wait()
        return await check(worker, cloud)

    monkeypatch.setattr(world.runtime, "check", check_the_first_slowly)
    first = asyncio.create_task(world.upload(code=f"{CODE} // first"))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(world.upload(code=f"{CODE} // second"))
    await asyncio.sleep(0.05)
    slow.set()
    await asyncio.gather(first, second)

    (worker,) = world.runtime.cloud.workers
    assert worker.modules[0].path.read_text().endswith("second")


async def test_creations_of_one_name_at_once_give_one(world):
    path = world.account("/queues")
    made = [world.client.post(path, json={"queue_name": "q"}) for _ in range(8)]

    statuses = sorted([answer.status_code for answer in await asyncio.gather(*made)])

    assert statuses == [200] + [409] * 7


def test_records_are_whole_after_a_failure(tmp_path):
    records = Records(tmp_path / "records.db")
    with records.transaction():
        records.put(Kind.QUEUE, "a", {"n": 1})

    def fail():
        with records.transaction():
            records.put(Kind.QUEUE, "b", {"n": 2})
            records.remove(Kind.QUEUE, "a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert records.all(Kind.QUEUE) == [{"n": 1}]
    with pytest.raises(RecordsError):
        records.put(Kind.QUEUE, "c", {})
    records.close()


def test_undoing_leaves_a_record_that_was_changed_again(tmp_path):
    records = Records(tmp_path / "records.db")
    with records.transaction() as change:
        records.put(Kind.QUEUE, "a", {"by": "mine"})
        records.put(Kind.QUEUE, "b", {"by": "mine"})
    with records.transaction():
        records.put(Kind.QUEUE, "a", {"by": "theirs"})

    records.undo(change)

    assert records.all(Kind.QUEUE) == [{"by": "theirs"}]
    records.close()


def test_records_keep_their_order_through_changes_and_restarts(tmp_path):
    records = Records(tmp_path / "records.db")
    with records.transaction():
        for name in "cab":
            records.put(Kind.QUEUE, name, {"name": name})
        records.put(Kind.QUEUE, "c", {"name": "c", "changed": True})
    records.close()

    again = Records(tmp_path / "records.db")
    assert [r["name"] for r in again.all(Kind.QUEUE)] == ["c", "a", "b"]
    assert again.get(Kind.QUEUE, "c") == {"name": "c", "changed": True}
    again.close()


def test_records_of_another_form_are_refused_with_the_remedy(tmp_path):
    records = Records(tmp_path / "records.db")
    records._db.execute("PRAGMA user_version = 99")
    records.close()

    with pytest.raises(RecordsError, match=r"form 99.*make reset"):
        Records(tmp_path / "records.db")


def _form():
    return {"metadata": (None, '{"main_module": "worker.mjs"}', "application/json")}
